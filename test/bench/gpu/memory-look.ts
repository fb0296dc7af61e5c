/** What this process and its GPU hold at a moment, and whether a series of such looks stays flat. */
import fs from 'node:fs'
import { anonymousBytes } from '../../../infer/host/memory.js'
import type { GpuHost } from './gpu-host.js'
import { median } from './outcome.js'

export interface MemoryLook {
  at: number
  /** Of the whole device, as the driver tells: this process is meant to be alone on it. */
  deviceUsedBytes: number
  /** Anonymous resident memory of the process. */
  hostBytes: number
  openFiles: number
  threads: number
}

export function lookAt({ device }: GpuHost, at: number): MemoryLook {
  const { freeBytes, totalBytes } = device.memory()
  return {
    at,
    deviceUsedBytes: totalBytes - freeBytes,
    hostBytes: anonymousBytes(),
    openFiles: fs.readdirSync('/proc/self/fd').length,
    threads: fs.readdirSync('/proc/self/task').length,
  }
}

/**
 * How much higher the last third of a series lies than the middle one, by medians: growth that goes on shows, what is
 * taken once and kept does not, nor does a heap that breathes.
 */
export function driftOf(values: readonly number[]): number {
  const third = Math.floor(values.length / 3)
  if (third === 0) return Number.NaN
  return median(values.slice(-third)) - median(values.slice(-2 * third, -third))
}
