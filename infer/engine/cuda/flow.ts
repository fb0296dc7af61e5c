/** Decisions of the GPU thread: what runs next, how long to nap, when to load. Pure: the loop around them has the clock. */

/** Batches of a model under way: one uploads while the other computes. */
export const MAX_IN_FLIGHT = 2

/** Frames of a batch that run together. */
export interface Part {
  bucket: number
  frames: number
}

/**
 * The next frames of a batch to run: all of them in the bucket asked for, or, where that was given up, as many as the
 * smaller buckets take at a time.
 * @param buckets that can be had. @returns null where none is small enough.
 */
export function nextPart(framesLeft: number, wanted: number, buckets: readonly number[]): Part | null {
  const usable = buckets.filter(bucket => bucket <= wanted)
  if (usable.length === 0) return null
  if (usable.includes(wanted)) return { bucket: wanted, frames: Math.min(framesLeft, wanted) }
  const enough = usable.filter(bucket => bucket >= framesLeft)
  const bucket = enough.length > 0 ? Math.min(...enough) : Math.max(...usable)
  return { bucket, frames: Math.min(framesLeft, bucket) }
}

const SHORTEST_NAP_MS = 0.02
const LONGEST_NAP_MS = 0.2

/** Half of what is expected to remain, so that few naps lead to the end and none leads past it by much. */
export function napMs(elapsedMs: number, expectedMs: number): number {
  return Math.min(LONGEST_NAP_MS, Math.max(SHORTEST_NAP_MS, (expectedMs - elapsedMs) / 2))
}

/** While others are served, a model that loads gets its turn at least so often. */
const LOADING_PATIENCE_MS = 200

/**
 * A step of loading holds the thread, for seconds where cuDNN compiles: `now` where nothing is under way; `drain` where
 * it has waited long enough, so that nothing more is begun until it had its turn; else `later`.
 */
export function whenToLoad(batchesUnderWay: number, waitedMs: number): 'now' | 'drain' | 'later' {
  if (batchesUnderWay === 0) return 'now'
  return waitedMs >= LOADING_PATIENCE_MS ? 'drain' : 'later'
}

/** A run that found no memory is tried once more, after a shrink; then its bucket is given up. */
export function afterOutOfMemory(tries: number): 'shrink_and_retry' | 'give_up_bucket' {
  return tries < 2 ? 'shrink_and_retry' : 'give_up_bucket'
}
