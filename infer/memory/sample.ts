/** One sample of the timeline, put together from what was read. Pure. */
import type { MemorySample } from '../../shared/memory/timeline.js'
import type { GpuReport } from '../../shared/process/gpu-report.js'
import type { MallocUse } from '../../shared/process/own-memory.js'
import type { EngineStats } from '../engine/engine.js'
import type { Fill } from './host-memory.js'

/** What a device holds in use, takes of the system for that, and used at most. */
export type MemoryUse = Pick<MemorySample, 'inUseBytes' | 'reservedBytes' | 'peakBytes'>

const unknown: MemoryUse = { inUseBytes: null, reservedBytes: null, peakBytes: null }

/**
 * Of a GPU: all arenas together. In use is what runs had at most, not what they have at this moment: the memory between two runs is
 * free to the arena only, since captured graphs name it and the next run takes it again. What was reserved beyond is fragmented.
 */
export function arenaUse(stats: readonly (EngineStats | null)[]): MemoryUse {
  const known = stats.filter(each => each !== null)
  if (known.length === 0) return unknown
  const sum = (of: (each: EngineStats) => number): number => known.reduce((all, each) => all + of(each), 0)
  const peakBytes = sum(({ arenaMaxInUseBytes }) => arenaMaxInUseBytes)
  return {
    inUseBytes: sum(each => Math.min(each.arenaReservedBytes, each.arenaMaxInUseBytes)),
    reservedBytes: sum(({ arenaReservedBytes }) => arenaReservedBytes),
    peakBytes,
  }
}

/** Of a CPU: malloc's heap. `own-memory.ts` says what that tells of ONNX Runtime. @param peakBytes in use so far. */
export function mallocMemoryUse(use: MallocUse | null, peakBytes: number): MemoryUse {
  if (!use) return unknown
  const { inUseBytes, freeBytes } = use
  return { inUseBytes, reservedBytes: inUseBytes + freeBytes, peakBytes: Math.max(peakBytes, inUseBytes) }
}

/** What the device itself is full of. */
export type DeviceUse = Pick<MemorySample, 'processBytes' | 'deviceUsedBytes' | 'deviceTotalBytes'>

export function gpuUse(gpu: GpuReport | null): DeviceUse {
  return {
    processBytes: gpu?.processBytes ?? null,
    deviceUsedBytes: gpu?.usedBytes ?? null,
    deviceTotalBytes: gpu?.totalBytes ?? null,
  }
}

/** A CPU's memory is the host's. */
export function cpuUse(anonymousBytes: number, host: Fill): DeviceUse {
  return { processBytes: anonymousBytes, deviceUsedBytes: host.usedBytes, deviceTotalBytes: host.totalBytes }
}
