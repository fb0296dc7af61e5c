/** Samples of the memory timeline: material for tests that stand in for infer. */
import type { MemorySample } from '../../shared/memory/timeline.js'

const MIB = 2 ** 20

/** Of a CPU that does well. */
export function memorySample(change: Partial<MemorySample> = {}): MemorySample {
  return {
    atMs: Date.now(),
    device: 'cpu-0',
    inUseBytes: 160 * MIB,
    reservedBytes: 200 * MIB,
    peakBytes: 220 * MIB,
    processBytes: 260 * MIB,
    deviceUsedBytes: 3000 * MIB,
    deviceTotalBytes: 8192 * MIB,
    hostUsedBytes: 3000 * MIB,
    hostTotalBytes: 8192 * MIB,
    shmUsedBytes: 64 * MIB,
    shmTotalBytes: 1024 * MIB,
    ringSlotsUsed: 2,
    ringSlots: 8,
    streams: 2,
    models: ['ringside-nano'],
    instance: 'infer-of-the-test',
    ...change,
  }
}
