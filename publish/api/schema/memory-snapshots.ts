/** Schemas of memory snapshots and of what lies between two. */
import Type from 'typebox'
import type { SnapshotList } from '../../../shared/api/memory-views.js'
import {
  type Allocation,
  type AllocationReport,
  allocationKinds,
  type MemorySnapshot,
} from '../../../shared/memory/allocation.js'
import type { OwnerGrowth, SnapshotDiff } from '../../../shared/memory/diff.js'
import { stages } from '../../../shared/process/report.js'
import { type AllFit, bytes, closed, count, type Fits, wallMs, words } from './common.js'

const places = ['device', 'host', 'shm'] as const
const whys = ['operator', 'schedule', 'alert'] as const

const snapshotId = Type.String({
  pattern: '^[0-9]{8}T[0-9]{6}Z-[0-9a-f]{6}$',
  description: 'The id of a snapshot is its time and six hex digits, as 20261121T143000Z-0a1b2c.',
})
export const snapshotParams = Type.Object({ id: snapshotId }, closed)
export const diffParams = Type.Object({ a: snapshotId, b: snapshotId }, closed)

const owner = {
  kind: words(allocationKinds),
  owner: Type.String({ description: 'Whose it is: `model yolov8n`, `stream gate`, `process` …' }),
  where: words(places),
}
const exact = Type.Boolean({ description: 'Measured; false: worked out from sizes.' })

const allocation = Type.Object({
  ...owner,
  count: count('How many there are.'),
  bytes: bytes('All of them.'),
  exact,
})

export const allocationReport = Type.Object(
  {
    stage: words(stages),
    instance: Type.String({ description: 'Unique for each start of a process.' }),
    pid: Type.Integer(),
    atMs: wallMs('When it reported.'),
    allocations: Type.Array(allocation),
  },
  { description: 'What one process says it holds.' },
)

const identity = {
  id: snapshotId,
  atMs: wallMs('When it was taken.'),
  why: words(whys),
  streams: Type.Array(Type.String(), { description: 'Enabled streams.' }),
  models: Type.Array(Type.String(), { description: 'Loaded models.' }),
}

export const memorySnapshot = Type.Object(
  { v: Type.Literal(1), ...identity, processes: Type.Array(allocationReport) },
  { description: 'Every allocation by owner, of every process.' },
)

export const snapshotSummary = Type.Object(
  {
    ...identity,
    processes: count('Processes that reported.'),
    hostBytes: bytes('Memory of the host.'),
    deviceBytes: bytes('Memory of devices.'),
    shmBytes: bytes('Shared memory: the slabs.'),
  },
  { description: 'A memory snapshot in a list: its sums.' },
)
export const snapshotList = Type.Object({ snapshots: Type.Array(snapshotSummary) })

const ownerGrowth = Type.Object({
  stage: words(stages),
  ...owner,
  name: Type.String({ description: 'For people: `decoder of stream gate (ingest)`.' }),
  bytesBefore: bytes('In the earlier one.'),
  bytesAfter: bytes('In the later one.'),
  countBefore: Type.Integer(),
  countAfter: Type.Integer(),
  bytes: bytes('After less before.'),
  exact,
})
const moved = Type.Object({ added: Type.Array(Type.String()), removed: Type.Array(Type.String()) })
const which = Type.Object({ id: snapshotId, atMs: wallMs('When it was taken.') })

export const snapshotDiff = Type.Object(
  {
    from: which,
    to: which,
    owners: Type.Array(ownerGrowth, { description: 'That changed; the greatest growth first.' }),
    bytes: bytes('Growth of all owners together.'),
    streams: moved,
    models: moved,
    restarted: Type.Array(Type.String(), { description: 'Stages whose processes are others than before.' }),
    causes: Type.Array(Type.String(), {
      description: 'Likely causes as sentences, the one that explains most first.',
    }),
  },
  { description: 'What lies between two snapshots: the earlier is `from`, whichever was named first.' },
)

export type SnapshotsFit = AllFit<
  [
    Fits<Allocation, typeof allocation>,
    Fits<AllocationReport, typeof allocationReport>,
    Fits<MemorySnapshot, typeof memorySnapshot>,
    Fits<SnapshotList, typeof snapshotList>,
    Fits<OwnerGrowth, typeof ownerGrowth>,
    Fits<SnapshotDiff, typeof snapshotDiff>,
  ]
>
