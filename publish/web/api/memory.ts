/** The REST calls about memory, by name. */
import type { AlertList, SnapshotList } from '../../../shared/api/memory-views.js'
import type { SnapshotDiff } from '../../../shared/memory/diff.js'
import type { SnapshotSummary } from '../../../shared/memory/snapshot-summary.js'
import type { CompactionReport, MemorySample } from '../../../shared/memory/timeline.js'
import { request } from './request.js'

export interface TimelineRange {
  device: string
  fromMs: number
  toMs: number
  everyMs: number
}

const snapshotPath = (id: string): string => `/memory/snapshots/${encodeURIComponent(id)}`

export const memoryApi = {
  timeline: ({ device, fromMs, toMs, everyMs }: TimelineRange) =>
    request<{ samples: MemorySample[] }>(
      'GET',
      `/memory/timeline?device=${encodeURIComponent(device)}&from=${fromMs}&to=${toMs}&everyMs=${everyMs}`,
    ),
  compactions: () => request<{ compactions: CompactionReport[] }>('GET', '/memory/compactions'),
  alerts: () => request<AlertList>('GET', '/alerts'),
  snapshots: () => request<SnapshotList>('GET', '/memory/snapshots'),
  takeSnapshot: () => request<SnapshotSummary>('POST', '/memory/snapshots'),
  diff: (a: string, b: string) =>
    request<SnapshotDiff>('GET', `${snapshotPath(a)}/diff/${encodeURIComponent(b)}`),
}
