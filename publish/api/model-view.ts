/** What REST says of a model: its record, and what devices and streams do with it. Pure. */
import type { ModelView } from '../../shared/api/views.js'
import type { ModelRecord } from '../../shared/model/model-record.js'
import type { HostedModelReport, ProcessReport } from '../../shared/process/report.js'
import type { DesiredStream } from '../../shared/stream/stream.js'
import { inferProcesses } from './served-models.js'

/** One reading of what the stages and the operator have recorded. */
export interface ModelSnapshot {
  records: readonly ModelRecord[]
  streams: readonly DesiredStream[]
  processes: readonly ProcessReport[]
}

export function modelViews({ records, streams, processes }: ModelSnapshot): ModelView[] {
  const infer = inferProcesses(processes)
  const defaults = new Set(infer.map(({ detail }) => detail.model))
  return records.map(record => {
    const hosts = infer.flatMap(({ detail }) =>
      detail.models
        .filter(({ name }) => name === record.name)
        .map(host => ({ ...host, id: detail.deviceId })),
    )
    const loaded = hosts.filter(({ state }) => state === 'loaded' || state === 'idle')
    return {
      ...record,
      state: stateOf(record, hosts),
      reason: loaded.length > 0 ? null : (hosts.find(({ reason }) => reason)?.reason ?? null),
      streams: streamsOf(record.name, streams, defaults),
      devices: loaded.map(({ id }) => id),
    }
  })
}

/** A stream that names none uses the default of its device. */
export function streamsOf(
  model: string,
  streams: readonly DesiredStream[],
  defaults: ReadonlySet<string>,
): string[] {
  return streams
    .filter(stream => (stream.model === null ? defaults.has(model) : stream.model === model))
    .map(({ id }) => id)
}

/** Of several devices the one that is furthest tells. */
function stateOf({ problem }: ModelRecord, hosts: readonly HostedModelReport[]): ModelView['state'] {
  const order = ['loaded', 'idle', 'loading', 'failed'] as const
  const hosted = order.find(state => hosts.some(host => host.state === state))
  return hosted ?? (problem === null ? 'available' : 'unusable')
}
