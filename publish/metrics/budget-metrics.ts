/** How far off the profiles are from what runs: the predictions of plan and admission, beside what was measured. */
import type { Registry } from 'prom-client'
import { type Compared, predictionErrorOf } from '../../shared/budget/prediction-error.js'
import type { ModelProfile } from '../../shared/budget/profile.js'
import type { ProcessReport } from '../../shared/process/report.js'
import { inferProcesses } from '../api/served-models.js'
import { counter, type Family, gauge } from './family.js'

const labels = ['device', 'model', 'process']

/** A model without a profile has no series, nor what is not measured of it. */
export function addPredictions(
  registry: Registry,
  processes: readonly ProcessReport[],
  profiles: readonly ModelProfile[],
): void {
  const memory = memoryFamilies(registry)
  const time = timeFamilies(registry)
  for (const { detail, instance } of inferProcesses(processes)) {
    for (const report of detail.models) {
      const profile = profiles.find(one => one.model === report.name && one.device.id === detail.deviceId)
      if (!profile) continue
      const { memoryBytes, engineMs } = predictionErrorOf(profile, report)
      const own = { device: detail.deviceId, model: report.name, process: instance }
      if (memoryBytes) add(memory, own, memoryBytes)
      if (engineMs) add(time, own, inSeconds(engineMs))
    }
  }
}

interface Families {
  predicted: Family
  measured: Family
  error: Family
}

function memoryFamilies(registry: Registry): Families {
  const family = (name: string, help: string) =>
    gauge(registry, `ringside_prediction_memory_${name}`, help, ...labels)
  return {
    predicted: family('predicted_bytes', 'Memory of the model, by its profile.'),
    measured: family('measured_bytes', 'Memory that its last load took.'),
    error: family('error_ratio', '(predicted - measured) / measured.'),
  }
}

function timeFamilies(registry: Registry): Families {
  const name = (rest: string): string => `ringside_prediction_engine_${rest}`
  return {
    predicted: counter(
      registry,
      name('predicted_seconds_total'),
      'Time of the batches that ran, by the profile of their model.',
      ...labels,
    ),
    measured: counter(registry, name('measured_seconds_total'), 'Time in which they ran.', ...labels),
    error: gauge(
      registry,
      name('error_ratio'),
      '(predicted - measured) / measured, since the model was loaded.',
      ...labels,
    ),
  }
}

function add(
  families: Families,
  own: Record<string, string>,
  { predicted, measured, error }: Compared,
): void {
  families.predicted.add(own, predicted)
  families.measured.add(own, measured)
  families.error.add(own, error)
}

function inSeconds({ predicted, measured, error }: Compared): Compared {
  return { predicted: predicted / 1000, measured: measured / 1000, error }
}
