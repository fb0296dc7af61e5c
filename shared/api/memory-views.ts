/** What REST answers about alerts and memory snapshots; a diff is a `SnapshotDiff`. */
import type { Alert } from '../memory/alert.js'
import type { SnapshotSummary } from '../memory/snapshot-summary.js'

/** `GET /api/v1/alerts` */
export interface AlertList {
  alerts: Alert[]
}

/** `GET /api/v1/memory/snapshots` */
export interface SnapshotList {
  snapshots: SnapshotSummary[]
}
