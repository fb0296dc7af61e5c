/** One reading of everything the stages have recorded: what lists and metrics are made of. */
import type { ProcessReport } from '../shared/process/report.js'
import type { ActualStream, Reports } from '../shared/redis/reports.js'
import type { StreamRegistry } from '../shared/redis/stream-registry.js'
import type { DesiredStream } from '../shared/stream/stream.js'

export interface Snapshot {
  nowMs: number
  streams: { desired: DesiredStream; actual: ActualStream }[]
  processes: ProcessReport[]
  ingestAlive: boolean
}

export async function readSnapshot(registry: StreamRegistry, reports: Reports): Promise<Snapshot> {
  const [desired, processes] = await Promise.all([registry.list(), reports.processes()])
  const actual = await Promise.all(desired.map(stream => reports.ofStream(stream.id)))
  return {
    nowMs: Date.now(),
    streams: desired.map((stream, i) => ({ desired: stream, actual: actual[i] as ActualStream })),
    processes,
    ingestAlive: runs(processes, 'ingest'),
  }
}

export function runs(processes: readonly ProcessReport[], stage: ProcessReport['stage']): boolean {
  return processes.some(report => report.stage === stage)
}
