/** One reading of everything the stages have recorded: what lists and metrics are made of. */
import type { HostedModelReport, ProcessReport } from '../shared/process/report.js'
import type { ActualStream, Reports } from '../shared/redis/reports.js'
import type { StreamRegistry } from '../shared/redis/stream-registry.js'
import type { DesiredStream } from '../shared/stream/stream.js'
import { hostedModels } from './api/served-models.js'

export interface Snapshot {
  nowMs: number
  streams: { desired: DesiredStream; actual: ActualStream }[]
  processes: ProcessReport[]
  ingestAlive: boolean
  /** What the devices say of the models that streams want, and of the default (null). */
  models: ReadonlyMap<string | null, HostedModelReport>
}

export async function readSnapshot(registry: StreamRegistry, reports: Reports): Promise<Snapshot> {
  const [desired, processes] = await Promise.all([registry.list(), reports.processes()])
  const actual = await Promise.all(desired.map(stream => reports.ofStream(stream.id)))
  return {
    ...contextOf(processes),
    streams: desired.map((stream, i) => ({ desired: stream, actual: actual[i] as ActualStream })),
    processes,
  }
}

/** What of the processes bears on every stream. */
export function contextOf(
  processes: readonly ProcessReport[],
): Pick<Snapshot, 'nowMs' | 'ingestAlive' | 'models'> {
  return {
    nowMs: Date.now(),
    ingestAlive: runs(processes, 'ingest'),
    models: hostedModels(processes),
  }
}

export function runs(processes: readonly ProcessReport[], stage: ProcessReport['stage']): boolean {
  return processes.some(report => report.stage === stage)
}
