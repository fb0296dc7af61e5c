/**
 * Which frames go into the next batch, and when. A pure function: no clock, no queue, no engine.
 *
 * - A batch closes when a bucket can be filled or the oldest frame has waited `windowMs`.
 * - Streams take turns, the least recently served first, one frame each a round: a 60 fps camera cannot starve a 5 fps one.
 * - A frame that has waited longer than `supersedeMs` gives way to a newer one of its stream: a burst is worked off in
 *   order, an overload shows what is now.
 * - The bucket is the one with the least measured milliseconds a frame for what waits; padding counts as time.
 */

/** A frame that waits; `seq` orders the frames of one stream. */
export interface PendingFrame {
  stream: string
  seq: number
  committedMs: number
}

export interface BatchSettings {
  windowMs: number
  maxAgeMs: number
  supersedeMs: number
  /** Bucket → milliseconds of one run. */
  runMs: ReadonlyMap<number, number>
}

export interface BatchChoice<F extends PendingFrame> {
  /** Frames to run now, at most `bucket`; empty when it is better to wait. */
  batch: F[]
  /** 0 when `batch` is empty. */
  bucket: number
  /** Frames past their age: to be dropped. */
  stale: F[]
  /** Frames that gave way to a newer one of their stream: to be dropped. */
  superseded: F[]
  /** When to choose again if nothing else happens; null when nothing waits. */
  againInMs: number | null
}

/**
 * @param pending frames that wait, in any order.
 * @param lastServedMs stream → when a frame of it was last in a batch.
 */
export function chooseBatch<F extends PendingFrame>(
  pending: readonly F[],
  nowMs: number,
  lastServedMs: ReadonlyMap<string, number>,
  settings: BatchSettings,
): BatchChoice<F> {
  const { stale, superseded, fresh } = sortOut(pending, nowMs, settings)
  if (fresh.length === 0) return { batch: [], bucket: 0, stale, superseded, againInMs: null }

  const largest = Math.max(...settings.runMs.keys())
  const oldestMs = Math.min(...fresh.map(frame => frame.committedMs))
  const waitMs = oldestMs + settings.windowMs - nowMs
  if (fresh.length < largest && waitMs > 0) {
    return { batch: [], bucket: 0, stale, superseded, againInMs: waitMs }
  }
  const bucket = bestBucket(fresh.length, settings.runMs)
  const batch = takeRounds(byTurn(fresh, lastServedMs), bucket)
  return { batch, bucket, stale, superseded, againInMs: null }
}

function sortOut<F extends PendingFrame>(
  pending: readonly F[],
  nowMs: number,
  settings: BatchSettings,
): { stale: F[]; superseded: F[]; fresh: F[] } {
  const newest = new Map<string, number>()
  for (const { stream, seq } of pending) newest.set(stream, Math.max(seq, newest.get(stream) ?? seq))
  const stale: F[] = []
  const superseded: F[] = []
  const fresh: F[] = []
  for (const frame of pending) {
    const ageMs = nowMs - frame.committedMs
    if (ageMs > settings.maxAgeMs) stale.push(frame)
    else if (ageMs > settings.supersedeMs && frame.seq < newest.get(frame.stream)!) superseded.push(frame)
    else fresh.push(frame)
  }
  return { stale, superseded, fresh }
}

/** The bucket with the least time a frame when `waiting` frames wait; of equals the largest. */
export function bestBucket(waiting: number, runMs: ReadonlyMap<number, number>): number {
  let best = 0
  let bestMs = Number.POSITIVE_INFINITY
  for (const [bucket, ms] of [...runMs].sort(([a], [b]) => a - b)) {
    const msPerFrame = ms / Math.min(bucket, waiting)
    if (msPerFrame <= bestMs) {
      best = bucket
      bestMs = msPerFrame
    }
  }
  return best
}

/** The frames of each stream, oldest first; streams in the order of their turn. */
function byTurn<F extends PendingFrame>(
  frames: readonly F[],
  lastServedMs: ReadonlyMap<string, number>,
): F[][] {
  const streams = new Map<string, F[]>()
  for (const frame of frames) {
    const queue = streams.get(frame.stream)
    if (queue) queue.push(frame)
    else streams.set(frame.stream, [frame])
  }
  const served = (queue: F[]): number => lastServedMs.get(queue[0]!.stream) ?? Number.NEGATIVE_INFINITY
  for (const queue of streams.values()) queue.sort((a, b) => a.seq - b.seq)
  return [...streams.values()].sort((a, b) => {
    const turn = served(a) - served(b)
    return turn === 0 || Number.isNaN(turn) ? a[0]!.committedMs - b[0]!.committedMs : turn
  })
}

/** One frame a stream a round, until the bucket is full. */
function takeRounds<F extends PendingFrame>(turns: readonly F[][], bucket: number): F[] {
  const batch: F[] = []
  for (let round = 0; batch.length < bucket; round++) {
    const inRound = turns.flatMap(queue => queue.slice(round, round + 1))
    if (inRound.length === 0) break
    batch.push(...inRound.slice(0, bucket - batch.length))
  }
  return batch
}
