/** Alerts, compactions and snapshots, asked for while a view shows them. */
import type { Alert } from '../../../shared/memory/alert.js'
import type { SnapshotSummary } from '../../../shared/memory/snapshot-summary.js'
import type { CompactionReport } from '../../../shared/memory/timeline.js'
import { memoryApi } from '../api/memory.js'
import { createPoll } from './poll.js'

/** Firing first, then the newest. */
export const alerts = createPoll<Alert[]>(async () => {
  const list = (await memoryApi.alerts()).alerts
  return [...list].sort(
    (a, b) => Number(b.state === 'firing') - Number(a.state === 'firing') || b.sinceMs - a.sinceMs,
  )
}, 4000)

/** Newest first. */
export const compactions = createPoll<CompactionReport[]>(
  async () => [...(await memoryApi.compactions()).compactions].sort((a, b) => b.atMs - a.atMs),
  4000,
)

/** Newest first. */
export const snapshots = createPoll<SnapshotSummary[]>(
  async () => [...(await memoryApi.snapshots()).snapshots].sort((a, b) => b.atMs - a.atMs),
  5000,
)
