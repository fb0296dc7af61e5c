/** The devices and models that living infer processes report, and the check of a model's name against what can be named. */
import { closest } from 'fastest-levenshtein'
import type { DeviceView } from '../../shared/api/views.js'
import { RingsideError } from '../../shared/errors.js'
import { canonicalModelName, splitModelName } from '../../shared/model/model-name.js'
import type { ModelRecord } from '../../shared/model/model-record.js'
import type { HostedModelReport, InferDetail, ProcessReport } from '../../shared/process/report.js'

type InferReportOfProcess = ProcessReport & { detail: InferDetail }

export function inferProcesses(processes: readonly ProcessReport[]): InferReportOfProcess[] {
  return processes.filter((report): report is InferReportOfProcess => report.detail.stage === 'infer')
}

export function devicesOf(processes: readonly ProcessReport[]): DeviceView[] {
  return inferProcesses(processes).map(({ detail, residentBytes }) => ({
    id: detail.deviceId,
    engine: detail.engine,
    engineReason: detail.engineReason,
    device: detail.device,
    model: detail.model,
    buckets: detail.buckets,
    threads: detail.threads,
    batchWindowMs: detail.batchWindowMs,
    fill: detail.fill,
    busy: detail.busy,
    residentBytes,
    slabBytes: detail.slabBytes,
    shmFreeBytes: detail.shmFreeBytes,
    memoryLimitBytes: detail.memoryLimitBytes,
    memoryChargedBytes: detail.memoryChargedBytes,
    deviceMemory: detail.deviceMemory,
    models: detail.models,
    gpu: detail.gpu,
  }))
}

/** By name; null is the default model. */
export function hostedModels(
  processes: readonly ProcessReport[],
): ReadonlyMap<string | null, HostedModelReport> {
  const hosted = new Map<string | null, HostedModelReport>()
  for (const { detail } of inferProcesses(processes)) {
    for (const model of detail.models) {
      hosted.set(model.name, model)
      if (model.name === detail.model) hosted.set(null, model)
    }
  }
  return hosted
}

/**
 * @param records what infer found that can be named; in another precision than a record's a model can be asked for too.
 * @returns the one name of the model: `x` for `x@fp32`.
 * @throws RingsideError `unknown_model`, with the reason where the model is there and of no use.
 */
export function checkModel(
  name: string,
  records: readonly ModelRecord[],
  processes: readonly ProcessReport[],
): string {
  const wanted = canonicalModelName(name)
  const base = splitModelName(wanted)?.base
  const record = records.find(each => each.name === wanted) ?? records.find(each => each.name === base)
  if (record?.problem) throw unusable(wanted, record.problem)
  // A default model that the settings give by its path has no record, but is loaded.
  const loaded = [...hostedModels(processes).values()].filter(({ state }) => state !== 'failed')
  const usable = records.filter(({ problem }) => problem === null)
  const names = new Set([...usable, ...loaded].map(each => each.name))
  if (record || names.has(wanted)) return wanted
  throw unknownModel(wanted, [...names])
}

function unusable(name: string, problem: string): RingsideError {
  return new RingsideError('unknown_model', `The model ${name} cannot be used: ${problem}`, {
    key: 'model',
    value: name,
    remedy: 'Mend the model, or name another: `ringside model ls` lists them.',
  })
}

function unknownModel(name: string, names: readonly string[]): RingsideError {
  return new RingsideError('unknown_model', `There is no model called ${name}.`, {
    key: 'model',
    value: name,
    remedy:
      names.length > 0
        ? `Did you mean ${closest(name, names)}? Known: ${names.join(', ')}.`
        : 'No infer process has said yet which models there are: leave model null, or wait until /readyz is 200.',
  })
}
