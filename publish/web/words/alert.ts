/** Alerts, compactions and snapshots in words. */
import type { AlertKind } from '../../../shared/memory/alert.js'
import type { MemorySnapshot } from '../../../shared/memory/allocation.js'
import type { CompactionReport } from '../../../shared/memory/timeline.js'
import { formatBytes, formatMs, formatShare } from './format.js'

export const alertWords: Record<AlertKind, string> = {
  memory_usage: 'Memory usage',
  fragmentation: 'Fragmentation',
  exhaustion: 'Exhaustion ahead',
  leak: 'Leak',
  host_memory: 'Host memory',
  shm: 'Shared memory',
}

export const whyWords: Record<MemorySnapshot['why'] | CompactionReport['why'], string> = {
  operator: 'asked for',
  schedule: 'by schedule',
  alert: 'at an alert',
  fragmentation: 'fragmented',
}

const did: Record<CompactionReport['did'], string> = {
  shrunk: 'The arena was shrunk',
  rebuilt: 'The session was rebuilt',
  nothing: 'Nothing could be given back',
}

/** "The arena was shrunk: 64.0 MiB freed in 12 ms, fragmentation 42 % → 8.0 %" */
export function describeCompaction(report: CompactionReport): string {
  const { fragmentationBefore: before, fragmentationAfter: after } = report
  const shares =
    before === null || after === null ? '' : `, fragmentation ${formatShare(before)} → ${formatShare(after)}`
  return `${did[report.did]}: ${formatBytes(report.freedBytes)} freed in ${formatMs(report.tookMs)}${shares}`
}

/** "+12.0 MiB", "−3.1 KiB", "0 B" */
export function formatGrowth(bytes: number): string {
  const sign = bytes > 0 ? '+' : bytes < 0 ? '−' : ''
  return `${sign}${formatBytes(Math.abs(bytes))}`
}
