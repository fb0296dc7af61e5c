/** What REST answers about alerts and memory snapshots; a diff is a `SnapshotDiff`. */
import type { Alert } from '../memory/alert.js'
import type { AllocationReport } from '../memory/allocation.js'
import type { SnapshotSummary } from '../memory/snapshot-summary.js'
import type { CompactionReport, MemorySample } from '../memory/timeline.js'

/** `GET /api/v1/alerts` */
export interface AlertList {
  alerts: Alert[]
}

/** `GET /api/v1/memory/snapshots` */
export interface SnapshotList {
  snapshots: SnapshotSummary[]
}

/** `GET /api/v1/memory/timeline`: oldest first. */
export interface TimelineView {
  samples: MemorySample[]
}

/** `GET /api/v1/memory/allocations` */
export interface AllocationList {
  processes: AllocationReport[]
}

/** `GET /api/v1/memory/compactions`, newest first; `POST /api/v1/memory/compact`, one of each device. */
export interface CompactionList {
  compactions: CompactionReport[]
}
