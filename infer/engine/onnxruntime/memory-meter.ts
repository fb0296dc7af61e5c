/** What the process of a CPU engine has in memory while a model loads. Freed heap is given back first, so that readings compare. */
import fs from 'node:fs'
import { trimHeap } from '../../../shared/native/libc.js'

export interface Reading {
  /** Anonymous and resident: heaps and sessions. */
  anonymousBytes: number
  residentBytes: number
  /** The most that was ever resident. */
  highestBytes: number
}

/** `RssAnon`, `VmRSS` and `VmHWM` of proc(5). */
export function readMemory(): Reading {
  trimHeap()
  const status = fs.readFileSync('/proc/self/status', 'utf8')
  const bytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * 1024
  return {
    anonymousBytes: bytes('RssAnon'),
    residentBytes: bytes('VmRSS'),
    highestBytes: bytes('VmHWM'),
  }
}

/**
 * The most anonymous memory between two readings: where the process was never larger before, the kernel kept it, and what is no
 * anonymous memory is taken off as it is now; else no more is known than the readings.
 */
export function peakBetween(before: Reading, after: Reading): number {
  const most = Math.max(before.anonymousBytes, after.anonymousBytes)
  if (after.highestBytes <= before.highestBytes) return most
  return Math.max(most, after.highestBytes - (after.residentBytes - after.anonymousBytes))
}
