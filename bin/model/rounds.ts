/** Speeds of several models on one machine that other programs share: measured in short turns, so that what disturbs one disturbs all. */
import type { Detector } from '../../infer/evaluate/detector.js'
import { median, quantile } from './quantile.js'

/** Of one bucket: the median time of a run, the way to the engine and back included. */
export interface BucketSpeed {
  bucket: number
  runMs: number
  framesPerSecond: number
}

/** How many times the frames/s of the first detector, each at its best bucket: over the rounds. */
export interface Ratio {
  median: number
  /** Quartiles: a quarter of the rounds lies below, a quarter above. */
  low: number
  high: number
}

/** Of one detector. */
export interface Speed {
  buckets: BucketSpeed[]
  best: BucketSpeed
  ratio: Ratio
}

/** A turn of a bucket takes about this long: long enough to find the caches as it left them, short beside what else goes on. */
const TURN_MS = 120
const LEAST_RUNS = 3
const MOST_RUNS = 50

/** Bucket → the times of the runs of each round. */
export type Rounds = ReadonlyMap<number, number[][]>

/** @param rounds each detector begins one after the other. */
export async function measureSpeeds(
  detectors: readonly Detector[],
  rounds: number,
  onRound: (round: number) => void,
): Promise<Speed[]> {
  const measured = detectors.map(
    ({ info }): Map<number, number[][]> => new Map([...info.runMs.keys()].map(bucket => [bucket, []])),
  )
  const buckets = [...detectors[0]!.info.runMs.keys()]
  for (let round = 0; round < rounds; round++) {
    for (const bucket of buckets) {
      for (let turn = 0; turn < detectors.length; turn++) {
        const i = (round + turn) % detectors.length
        const times = await detectors[i]!.time(bucket, runsOf(detectors[i]!, bucket))
        measured[i]!.get(bucket)!.push(times)
      }
    }
    onRound(round + 1)
  }
  return speedsOf(measured)
}

function runsOf({ info }: Detector, bucket: number): number {
  return Math.min(MOST_RUNS, Math.max(LEAST_RUNS, Math.ceil(TURN_MS / info.runMs.get(bucket)!)))
}

/** @param measured the first is what the others are compared with. */
export function speedsOf(measured: readonly Rounds[]): Speed[] {
  const speeds = measured.map(rounds => {
    const buckets = [...rounds].map(([bucket, turns]) => speedOf(bucket, median(turns.flat())))
    const best = buckets.reduce((a, b) => (b.framesPerSecond > a.framesPerSecond ? b : a))
    return { buckets, best }
  })
  // The least time of a turn: a run that another program held up says nothing of the model.
  const perRound = measured.map((rounds, i) => {
    const { bucket } = speeds[i]!.best
    return rounds.get(bucket)!.map(times => speedOf(bucket, Math.min(...times)).framesPerSecond)
  })
  return speeds.map((speed, i) => {
    const ratios = perRound[i]!.map((framesPerSecond, round) => framesPerSecond / perRound[0]![round]!)
    const ratio = { median: median(ratios), low: quantile(ratios, 0.25), high: quantile(ratios, 0.75) }
    return { ...speed, ratio }
  })
}

function speedOf(bucket: number, runMs: number): BucketSpeed {
  return { bucket, runMs, framesPerSecond: (bucket * 1000) / runMs }
}
