/** The devices and models that living infer processes report, and the check of a model's name against them. */
import type { DeviceView, ModelList } from '../../shared/api/views.js'
import { RingsideError } from '../../shared/errors.js'
import type { InferDetail, ProcessReport } from '../../shared/process/report.js'

type InferReportOfProcess = ProcessReport & { detail: InferDetail }

export function inferProcesses(processes: readonly ProcessReport[]): InferReportOfProcess[] {
  return processes.filter((report): report is InferReportOfProcess => report.detail.stage === 'infer')
}

export function devicesOf(processes: readonly ProcessReport[]): DeviceView[] {
  return inferProcesses(processes).map(({ detail, residentBytes }) => ({
    id: detail.deviceId,
    engine: detail.engine,
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
  }))
}

/** A process that stands by, or still loads, serves nothing yet. */
export function modelsOf(processes: readonly ProcessReport[]): ModelList['models'] {
  const served = new Map<string, ModelList['models'][number]>()
  for (const { detail, ready } of inferProcesses(processes)) {
    if (!ready) continue
    const { model: name, classes, inputWidthPx, inputHeightPx, device } = detail
    served.set(`${name}\n${device}`, { name, classes, inputWidthPx, inputHeightPx, device })
  }
  return [...served.values()]
}

/** While no infer process is ready nobody knows which names are right, so only the default (null) is taken. */
export function checkModel(name: string | null | undefined, processes: readonly ProcessReport[]): void {
  if (name === null || name === undefined) return
  const names = modelsOf(processes).map(model => model.name)
  if (names.includes(name)) return
  throw new RingsideError('unknown_model', `No model called ${name} is served.`, {
    key: 'model',
    value: name,
    remedy:
      names.length > 0
        ? `Served now: ${names.join(', ')}. null takes the default model.`
        : 'No infer process is ready, so no model is served yet: leave model null, or wait until /readyz is 200.',
  })
}
