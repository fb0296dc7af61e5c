/** How long an engine takes for full batches of each bucket: one run at a time, each in a turn of its own, with pauses for others between them. */
import { monotonicMs, sleep } from '../../shared/clock.js'
import type { Engine } from '../engine/engine.js'
import type { DeviceTurn } from '../turn.js'
import { quantile } from './rounds.js'

export interface BucketTime {
  runs: number
  p10Ms: number
  p50Ms: number
  p99Ms: number
  /** The median from giving a batch to when its slots were free again. */
  uploadMs: number | null
}

export interface TimingRequest {
  engine: Engine
  /** Bucket → milliseconds of its runs so far: of the warm-up. */
  known: ReadonlyMap<number, readonly number[]>
  /** Slots of the slab that the engine reads; what lies in them does not matter. */
  slots: number
  /** Whether the engine's own figure counts, which on a GPU leaves the upload out: the next batch's overlaps. */
  onGpu: boolean
  beside?: Beside
  signal?: AbortSignal
}

/** Others use the device: a run awaits a moment in which nobody does, and rests as many times as long as it took. */
export interface Beside {
  turn: DeviceTurn
  isFree(): boolean
  pauses: number
}

/** About so long a bucket, within these counts of runs. */
const BUCKET_MS = 1500
const LEAST_RUNS = 8
const MOST_RUNS = 100
/** Beside others, a longer run would make a frame wait: its warm-up has to do. */
const LONGEST_RUN_MS = 500
/** A device that is never free for so long is measured by what is there: it has better to do. */
const PATIENCE_MS = 3000
const POLL_MS = 5

/** @throws RingsideError `engine_failed` where the engine is closed meanwhile; the signal's reason where it was aborted. */
export async function timeBuckets(request: TimingRequest): Promise<Map<number, BucketTime>> {
  const times = new Map<number, BucketTime>()
  for (const [bucket, known] of request.known) {
    times.set(bucket, await timeBucket(request, bucket, known))
  }
  request.signal?.throwIfAborted()
  return times
}

async function timeBucket(
  request: TimingRequest,
  bucket: number,
  known: readonly number[],
): Promise<BucketTime> {
  const { beside, signal } = request
  const expectedMs = Math.min(...known)
  if (beside && expectedMs > LONGEST_RUN_MS) return timeOf(known, null)
  const wanted = Math.min(MOST_RUNS, Math.max(LEAST_RUNS, Math.round(BUCKET_MS / expectedMs)))
  const runs: { ms: number; uploadMs: number }[] = []
  while (runs.length < wanted && (!beside || (await becomesFree(beside, signal)))) {
    signal?.throwIfAborted()
    const run = await turned(beside?.turn, () => timedRun(request, bucket))
    runs.push(run)
    if (beside) await sleep(run.ms * beside.pauses, signal)
  }
  if (runs.length < LEAST_RUNS) return timeOf(known, null)
  const uploads = runs.map(({ uploadMs }) => uploadMs)
  return timeOf(
    runs.map(({ ms }) => ms),
    quantile(uploads, 0.5),
  )
}

/** @returns false where that takes too long. */
async function becomesFree({ isFree }: Beside, signal?: AbortSignal): Promise<boolean> {
  const giveUpMs = monotonicMs() + PATIENCE_MS
  while (!isFree()) {
    if (signal?.aborted || monotonicMs() > giveUpMs) return false
    await sleep(POLL_MS, signal)
  }
  return true
}

async function timedRun({ engine, slots, onGpu }: TimingRequest, bucket: number) {
  const taken = Array.from({ length: bucket }, (_, i) => i % slots)
  const startedMs = monotonicMs()
  let uploadMs = 0
  const { inferMs } = await engine.run({ bucket, slots: taken }, () => {
    uploadMs = monotonicMs() - startedMs
  })
  return { ms: onGpu ? inferMs : monotonicMs() - startedMs, uploadMs }
}

async function turned<T>(turn: DeviceTurn | undefined, work: () => Promise<T>): Promise<T> {
  if (!turn) return work()
  await new Promise<void>(granted => turn.enter(granted))
  try {
    return await work()
  } finally {
    turn.leave()
  }
}

function timeOf(ms: readonly number[], uploadMs: number | null): BucketTime {
  const [p10Ms, p50Ms, p99Ms] = [quantile(ms, 0.1), quantile(ms, 0.5), quantile(ms, 0.99)]
  return { runs: ms.length, p10Ms, p50Ms, p99Ms, uploadMs }
}

/**
 * Of the largest bucket against the smallest: the way to the engine's thread is the same for both, and falls out.
 * @returns null where they do not differ enough to tell.
 */
export function uploadRate(times: ReadonlyMap<number, BucketTime>, frameBytes: number): number | null {
  const points = [...times].flatMap(([bucket, { uploadMs }]) =>
    uploadMs === null ? [] : [{ bucket, uploadMs }],
  )
  const [least, most] = [points.at(0), points.at(-1)]
  if (!least || !most || most.bucket === least.bucket || most.uploadMs <= least.uploadMs) return null
  return ((most.bucket - least.bucket) * frameBytes * 1000) / (most.uploadMs - least.uploadMs)
}
