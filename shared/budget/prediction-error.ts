/** How far off a profile is from what its model takes where it runs: the error that plan and admission publish of themselves. Pure. */
import type { HostedModelReport } from '../process/report.js'
import { engineBytesOf } from './model-cost.js'
import type { ModelProfile } from './profile.js'

export interface Compared {
  predicted: number
  measured: number
  /** (predicted − measured) / measured. */
  error: number
}

export interface PredictionError {
  device: string
  model: string
  /** Of the kind that models take there, without the slab; null while it is not loaded. */
  memoryBytes: Compared | null
  /** Milliseconds of the engine's time since it was loaded, for the batches that it ran; null where it ran none of a bucket known. */
  engineMs: Compared | null
}

export function predictionErrorOf(profile: ModelProfile, report: HostedModelReport): PredictionError {
  return {
    device: profile.device.id,
    model: profile.model,
    memoryBytes: compared(engineBytesOf(profile), report.tookBytes),
    engineMs: engineTimeOf(profile, report),
  }
}

/** Two batches at once count twice in what is predicted and once in what is measured: on a GPU that is headroom. */
function engineTimeOf({ buckets }: ModelProfile, { bucketRuns, busyMs }: HostedModelReport): Compared | null {
  const msOf = new Map(buckets.map(({ bucket, p10Ms }) => [bucket, p10Ms]))
  let predictedMs = 0
  for (const { bucket, batches } of bucketRuns) {
    const ms = msOf.get(bucket)
    if (ms === undefined) return null // It ran in a bucket that the profile does not have: there is nothing to compare.
    predictedMs += batches * ms
  }
  return compared(predictedMs, busyMs)
}

function compared(predicted: number, measured: number | null): Compared | null {
  if (!measured || predicted <= 0) return null
  return { predicted, measured, error: (predicted - measured) / measured }
}
