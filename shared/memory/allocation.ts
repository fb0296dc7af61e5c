/** Every allocation that Ringside makes, by its owner: what a snapshot is made of. Pure types. */
import type { Stage } from '../process/report.js'

export const allocationKinds = [
  'weights',
  'buffers',
  'activations',
  'arena',
  'context',
  'slab',
  'ring',
  'heap',
  'external',
  'code',
  'decoder',
  'other',
] as const
export type AllocationKind = (typeof allocationKinds)[number]

export interface Allocation {
  kind: AllocationKind
  /** Whose: `model yolov8n`, `bucket 16 of yolov8n`, `stream gate`, `process`. Unique with `kind` and `where` in one process. */
  owner: string
  where: 'device' | 'host' | 'shm'
  count: number
  bytes: number
  /** Measured, or worked out from sizes. */
  exact: boolean
}

/** What one process says it holds, about every 5 s. The sum of `host` comes near its resident memory: `other` is the rest. */
export interface AllocationReport {
  stage: Stage
  instance: string
  pid: number
  atMs: number
  allocations: Allocation[]
}

export interface MemorySnapshot {
  v: 1
  /** Sorts by time: `20261121T143000Z-<6 hex>`. */
  id: string
  atMs: number
  why: 'operator' | 'schedule' | 'alert'
  processes: AllocationReport[]
  /** Streams and models that ran. */
  streams: string[]
  models: string[]
}
