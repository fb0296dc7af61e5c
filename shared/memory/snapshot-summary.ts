/** A memory snapshot in a list: its sums. Pure. */
import type { AllocationReport, MemorySnapshot } from './allocation.js'

/** A snapshot in a list: its sums, without the allocations. */
export interface SnapshotSummary extends Pick<MemorySnapshot, 'id' | 'atMs' | 'why' | 'streams' | 'models'> {
  processes: number
  hostBytes: number
  deviceBytes: number
  shmBytes: number
}

export function summaryOf({ processes, ...snapshot }: MemorySnapshot): SnapshotSummary {
  const { id, atMs, why, streams, models } = snapshot
  return {
    id,
    atMs,
    why,
    streams,
    models,
    processes: processes.length,
    hostBytes: bytesWhere(processes, 'host'),
    deviceBytes: bytesWhere(processes, 'device'),
    shmBytes: bytesWhere(processes, 'shm'),
  }
}

function bytesWhere(processes: readonly AllocationReport[], where: string): number {
  const all = processes.flatMap(({ allocations }) => allocations)
  return all.reduce((sum, { where: at, bytes }) => sum + (at === where ? bytes : 0), 0)
}
