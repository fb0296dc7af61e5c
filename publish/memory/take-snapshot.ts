/** A memory snapshot of now: what every process last said it holds, and what ran. */
import type { MemorySnapshot } from '../../shared/memory/allocation.js'
import type { ProcessReport } from '../../shared/process/report.js'
import type { Allocations } from '../../shared/redis/allocations.js'
import type { Reports } from '../../shared/redis/reports.js'
import type { Snapshots } from '../../shared/redis/snapshots.js'
import type { StreamRegistry } from '../../shared/redis/stream-registry.js'

export interface SnapshotParts {
  allocations: Pick<Allocations, 'all'>
  reports: Pick<Reports, 'processes'>
  registry: Pick<StreamRegistry, 'list'>
  snapshots: Pick<Snapshots, 'add'>
}

/** Its figures are at most as old as a process's last report: five seconds. */
export async function takeSnapshot(
  { allocations, reports, registry, snapshots }: SnapshotParts,
  why: MemorySnapshot['why'],
): Promise<MemorySnapshot> {
  const [processes, alive, streams] = await Promise.all([
    allocations.all(),
    reports.processes(),
    registry.list(),
  ])
  return snapshots.add({
    why,
    processes,
    streams: streams.flatMap(({ id, enabled }) => (enabled ? [id] : [])).sort(),
    models: loadedModels(alive),
  })
}

function loadedModels(processes: readonly ProcessReport[]): string[] {
  const names = processes.flatMap(({ detail }) =>
    detail.stage === 'infer' ? detail.models.flatMap(({ name, engine }) => (engine ? [name] : [])) : [],
  )
  return [...new Set(names)].sort()
}
