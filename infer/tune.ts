/** Chooses buckets, threads and batch window for this machine where the settings say `auto`. Pure, but for the count of cores given. */
import type { WindowRange } from './batch/window.js'

/** What a device is, as far as batches go. */
export type DeviceKind = 'cpu' | 'gpu'

/**
 * Tried where the settings say `auto`. On every CPU measured larger batches have cost latency without gaining throughput; a GPU
 * gains up to 64, twelve times the frames of a batch of one.
 */
const CANDIDATES: Record<DeviceKind, readonly number[]> = {
  cpu: [1, 2, 4],
  gpu: [1, 2, 4, 8, 16, 32, 64],
}
/** A larger bucket must save this share of the time a frame to be worth its latency. */
const WORTHWHILE = 0.04
/** Below this time of one frame, waiting for company costs little and fills batches. */
const SHORT_RUN_MS = 5
/** An eighth of the 100 ms within which people expect a result. */
const MOST_WINDOW_MS = 12

export function candidateBuckets(
  setting: 'auto' | readonly number[],
  batch: 'dynamic' | 1,
  kind: DeviceKind,
): number[] {
  if (batch === 1) return [1]
  const buckets = setting === 'auto' ? CANDIDATES[kind] : setting
  return [...new Set(buckets)].sort((a, b) => a - b)
}

/** Cores that inference may use: decoders and the other stages share the machine, so one of eight stays theirs. */
export function chooseThreads(setting: 'auto' | number, cores: number): number {
  return setting === 'auto' ? Math.max(1, Math.min(16, cores - Math.floor(cores / 8))) : setting
}

/**
 * The measured buckets that pay, on any device: each must beat the time a frame of the one before. What a device refused is not
 * among the measured.
 * @param runMs bucket → milliseconds of one run.
 */
export function worthwhileBuckets(
  setting: 'auto' | readonly number[],
  runMs: ReadonlyMap<number, number>,
): Map<number, number> {
  if (setting !== 'auto') return new Map(runMs)
  const kept = new Map<number, number>()
  let bestMsPerFrame = Number.POSITIVE_INFINITY
  for (const [bucket, ms] of [...runMs].sort(([a], [b]) => a - b)) {
    if (ms / bucket > bestMsPerFrame * (1 - WORTHWHILE)) continue
    kept.set(bucket, ms)
    bestMsPerFrame = ms / bucket
  }
  return kept
}

/**
 * At the least half a run of the smallest bucket, where that is short; else 0, since batches fill by themselves while the engine runs.
 * At the most the same on a CPU, which large batches do not help; on a GPU a run of its largest batch, up to 12 ms.
 */
export function chooseWindow(
  setting: 'auto' | number,
  runMs: ReadonlyMap<number, number>,
  kind: DeviceKind,
): WindowRange {
  if (setting !== 'auto') return { leastMs: setting, mostMs: setting }
  if (runMs.size < 2) return { leastMs: 0, mostMs: 0 }
  const smallestMs = runMs.get(Math.min(...runMs.keys())) ?? 0
  const leastMs = smallestMs < SHORT_RUN_MS ? smallestMs / 2 : 0
  if (kind === 'cpu') return { leastMs, mostMs: leastMs }
  return { leastMs, mostMs: Math.max(leastMs, Math.min(MOST_WINDOW_MS, Math.max(...runMs.values()))) }
}
