/** What lies between two memory snapshots: growth by owner, what was added or restarted, and the likely cause in a sentence. Pure. */
import type { AllocationReport, MemorySnapshot } from './allocation.js'
import { likelyCauses } from './likely-cause.js'
import { type OwnerId, ownerKey, ownerName } from './owner.js'

/** One owner in both snapshots, the processes of a stage together. */
export interface OwnerGrowth extends OwnerId {
  /** For people: `decoder of stream gate (ingest)`. */
  name: string
  bytesBefore: number
  bytesAfter: number
  countBefore: number
  countAfter: number
  /** After less before: below 0 it shrank. */
  bytes: number
  /** Measured, or worked out from sizes. */
  exact: boolean
}

export interface Moved {
  added: string[]
  removed: string[]
}

export interface SnapshotDiff {
  from: { id: string; atMs: number }
  to: { id: string; atMs: number }
  /** All owners that changed, the greatest growth first. */
  owners: OwnerGrowth[]
  /** After less before, of all owners. */
  bytes: number
  streams: Moved
  models: Moved
  /** Stages whose processes are others than before. */
  restarted: string[]
  /** Sentences, the one that explains most first; never empty. */
  causes: string[]
}

/** @param a the earlier, whichever was given first. */
export function diffSnapshots(a: MemorySnapshot, b: MemorySnapshot): SnapshotDiff {
  const [before, after] = a.atMs <= b.atMs ? [a, b] : [b, a]
  const owners = growthByOwner(before.processes, after.processes)
  const facts = {
    from: { id: before.id, atMs: before.atMs },
    to: { id: after.id, atMs: after.atMs },
    owners,
    bytes: owners.reduce((sum, { bytes }) => sum + bytes, 0),
    streams: moved(before.streams, after.streams),
    models: moved(before.models, after.models),
    restarted: restartedStages(before.processes, after.processes),
  }
  return { ...facts, causes: likelyCauses(facts, after) }
}

type Sum = Pick<OwnerGrowth, 'bytes' | 'exact'> & { count: number; id: OwnerId }

function growthByOwner(
  before: readonly AllocationReport[],
  after: readonly AllocationReport[],
): OwnerGrowth[] {
  const [old, now] = [sumsOf(before), sumsOf(after)]
  return [...new Set([...old.keys(), ...now.keys()])]
    .map(key => growth(old.get(key), now.get(key)))
    .filter(({ bytes, countBefore, countAfter }) => bytes !== 0 || countBefore !== countAfter)
    .sort((a, b) => b.bytes - a.bytes)
}

function growth(before: Sum | undefined, after: Sum | undefined): OwnerGrowth {
  const id = (after ?? before)?.id as OwnerId
  const [bytesBefore, bytesAfter] = [before?.bytes ?? 0, after?.bytes ?? 0]
  return {
    ...id,
    name: ownerName(id),
    bytesBefore,
    bytesAfter,
    countBefore: before?.count ?? 0,
    countAfter: after?.count ?? 0,
    bytes: bytesAfter - bytesBefore,
    exact: (before?.exact ?? true) && (after?.exact ?? true),
  }
}

function sumsOf(reports: readonly AllocationReport[]): Map<string, Sum> {
  const sums = new Map<string, Sum>()
  for (const { stage, allocations } of reports) {
    for (const { kind, owner, where, bytes, count, exact } of allocations) {
      const id = { stage, kind, owner, where }
      const sum = sums.get(ownerKey(id)) ?? { id, bytes: 0, count: 0, exact: true }
      sum.bytes += bytes
      sum.count += count
      sum.exact &&= exact
      sums.set(ownerKey(id), sum)
    }
  }
  return sums
}

function moved(before: readonly string[], after: readonly string[]): Moved {
  return {
    added: after.filter(name => !before.includes(name)),
    removed: before.filter(name => !after.includes(name)),
  }
}

function restartedStages(before: readonly AllocationReport[], after: readonly AllocationReport[]): string[] {
  const same = (stage: string): boolean =>
    instancesOf(before, stage).join() === instancesOf(after, stage).join()
  return [...new Set([...before, ...after].map(({ stage }) => stage))].filter(stage => !same(stage))
}

function instancesOf(reports: readonly AllocationReport[], stage: string): string[] {
  return reports
    .filter(report => report.stage === stage)
    .map(({ instance }) => instance)
    .sort()
}
