/** Brings a bucket to where nothing allocates any more, captures its graphs, proves them, and measures a run. In steps. */
import { monotonicMs } from '../../../shared/clock.js'
import { messageOf } from '../../../shared/errors.js'
import { SCORE, VALUES_PER_CANDIDATE } from '../../postprocess/candidates.js'
import type { Bucket } from './bucket.js'
import type { BufferSet } from './buffer-set.js'
import { failureOf } from './failure.js'
import { PICTURES, type Picture, type Probe } from './probe.js'

/**
 * After a step others may run. `turn_wanted`: the next step is a measurement, and awaits the turn; `turn_over`: it was one.
 */
export type LoadStep = 'step' | 'turn_wanted' | 'turn_over'

const MEASURED_RUNS = 3
/** Graph and plain run call the same kernels; some may add in another order. */
const SCORE_TOLERANCE = 1e-3

export interface WarmBucket {
  runMs: readonly number[]
  /** Until nothing more is compiled or captured. */
  firstRunMs: number
  /** What does not work as it was meant to, and why; the bucket serves all the same. */
  notes: readonly string[]
}

/** @throws OrtError, CudaError; the bucket is then to be closed. */
export function* warmUp(bucket: Bucket, probe: Probe, graphs: boolean): Generator<LoadStep, WarmBucket> {
  const [first] = bucket.sets as [BufferSet, BufferSet]
  const startedMs = monotonicMs()
  const notes = [...firstRun(bucket, first, probe)]
  let firstRunMs = monotonicMs() - startedMs
  yield 'step'
  // The second run takes its memory as one block, by the trace of the first; all later ones find it there.
  for (const set of bucket.sets) runOnce(bucket, set, probe, 0)
  yield 'step'
  const captureMs = monotonicMs()
  if (graphs) notes.push(...captureAll(bucket, probe))
  firstRunMs += monotonicMs() - captureMs
  for (const set of bucket.sets) runOnce(bucket, set, probe, 0)
  bucket.settle()
  yield 'turn_wanted'
  const runMs = measure(bucket, first, probe)
  yield 'turn_over'
  return { runMs, firstRunMs, notes }
}

/** Compiles kernels, and traces what memory a run needs; takes it piece by piece, and gives it back: nothing else would need it. */
function firstRun(bucket: Bucket, set: BufferSet, probe: Probe): string[] {
  try {
    bucket.enqueueAndShrink(set, probe.frames(0, bucket.size))
    set.done.synchronize()
    return []
  } catch (error) {
    const note = noteOf(error, `the bucket of ${bucket.size} keeps memory that it does not need`)
    runOnce(bucket, set, probe, 0)
    return [note]
  }
}

/** A graph is trusted once it gave what the plain run gives, for two pictures; else no set has one. */
function captureAll(bucket: Bucket, probe: Probe): string[] {
  try {
    const [first] = bucket.sets as [BufferSet, BufferSet]
    const expected = PICTURES.map(picture => runOnce(bucket, first, probe, picture).slice())
    for (const set of bucket.sets) bucket.capture(set)
    for (const set of bucket.sets) {
      for (const picture of PICTURES) {
        const result = runOnce(bucket, set, probe, picture)
        if (!sameScores(result, expected[picture] as Float32Array)) throw new Error(DIFFERS)
      }
    }
    return []
  } catch (error) {
    for (const set of bucket.sets) set.dropGraph()
    return [noteOf(error, `the bucket of ${bucket.size} runs without a CUDA graph`)]
  }
}

/** A bucket can do without, unless the memory or the device is what failed. @throws the error then. */
function noteOf(error: unknown, what: string): string {
  if (failureOf(error) !== 'failed') throw error
  return `${what}: ${messageOf(error)}`
}

const DIFFERS = 'its result is not that of the plain run'

/** @returns the result: a view, overwritten by the next run of the set. */
function runOnce(bucket: Bucket, set: BufferSet, probe: Probe, picture: Picture): Float32Array {
  bucket.enqueue(set, probe.frames(picture, bucket.size))
  set.done.synchronize()
  return set.result(bucket.size * bucket.frameValues)
}

function measure(bucket: Bucket, set: BufferSet, probe: Probe): number[] {
  const times: number[] = []
  for (let run = 0; run < MEASURED_RUNS; run++) {
    runOnce(bucket, set, probe, 0)
    times.push(set.inferMs())
  }
  return times
}

/** Boxes of equal scores may change places: scores alone are compared. NaN equals NaN. */
export function sameScores(a: Float32Array, b: Float32Array): boolean {
  for (let i = SCORE; i < a.length; i += VALUES_PER_CANDIDATE) {
    const [x, y] = [a[i] as number, b[i] as number]
    if (!Object.is(x, y) && !(Math.abs(x - y) <= SCORE_TOLERANCE)) return false
  }
  return a.length === b.length
}
