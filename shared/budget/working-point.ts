/**
 * The bucket in which a model works when its device is full, and what that means for latency. Pure.
 *
 * The engine is promised for `utilisation` of its time: with batches of b that take t(b) (`p10Ms`), one begins every t(b) / utilisation
 * ms, or as seldom as the operator's batch window lets one wait to be filled. A frame that just missed one waits for the next and
 * then runs:
 *
 *   latency(b) = max(t(b) / utilisation, the operator's window) + t(b) + what decoding, suppression and serialising take
 *
 * Of the buckets whose latency is within the target the one with the least time a frame is the working bucket; where none is, the
 * one with the least latency. It does not depend on the load, so that what a stream costs does not change when others come and go.
 */
import type { BudgetSettings } from './budget.js'
import type { BucketProfile, ModelProfile } from './profile.js'

/** Decoding of a frame, its way through Redis, suppression, serialising: p50 of 10 to 20 ms at 1080p (`docs/performance.md`). */
export const AROUND_ENGINE_MS = 20

export interface WorkingPoint {
  bucket: number
  msPerBatch: number
  msPerFrame: number
  /** How long a batch may wait to be filled. */
  windowMs: number
  /** Captured → serialised at full load, about the longest. */
  latencyMs: number
  meetsTarget: boolean
  /** Frames a second of the model alone, at the promised share of the engine's time. */
  fullLoadFps: number
}

/** null where no bucket was measured. */
export function workingPointOf(
  { buckets }: Pick<ModelProfile, 'buckets'>,
  settings: BudgetSettings,
): WorkingPoint | null {
  const points = buckets.map(bucket => pointOf(bucket, settings))
  const within = points.filter(point => point.meetsTarget)
  const by = within.length > 0 ? within : points
  const least = within.length > 0 ? 'msPerFrame' : 'latencyMs'
  return by.reduce<WorkingPoint | null>((best, one) => (!best || one[least] < best[least] ? one : best), null)
}

function pointOf({ bucket, p10Ms }: BucketProfile, settings: BudgetSettings): WorkingPoint {
  const { utilisation, latencyTargetMs, batchWindowMs } = settings
  const everyMs = utilisation > 0 ? p10Ms / utilisation : Number.POSITIVE_INFINITY
  const latencyMs = Math.max(everyMs, batchWindowMs ?? 0) + p10Ms + AROUND_ENGINE_MS
  const room = Math.max(0, latencyTargetMs - p10Ms - AROUND_ENGINE_MS)
  return {
    bucket,
    msPerBatch: p10Ms,
    msPerFrame: p10Ms / bucket,
    windowMs: batchWindowMs ?? Math.min(everyMs, room),
    latencyMs,
    meetsTarget: latencyMs <= latencyTargetMs,
    fullLoadFps: (bucket * 1000) / everyMs,
  }
}
