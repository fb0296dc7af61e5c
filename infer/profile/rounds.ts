/** Several loads of one model as one: the median of every figure, so that what disturbed one load does not count. Pure. */
import type { BucketLoad, LoadMemory } from '../engine/load-memory.js'

/** @param rounds at least one; all of the same buckets. @throws Error where they are not. */
export function medianLoad(rounds: readonly LoadMemory[]): LoadMemory {
  const [first] = rounds
  if (!first) throw new Error('no load was measured')
  return {
    contextBytes: medianKnown(rounds.map(({ contextBytes }) => contextBytes)),
    sessionBytes: median(rounds.map(({ sessionBytes }) => sessionBytes)),
    firstOfProcess: first.firstOfProcess,
    buckets: first.buckets.map(({ bucket }) => medianBucket(rounds, bucket)),
  }
}

function medianBucket(rounds: readonly LoadMemory[], bucket: number): BucketLoad {
  const loads = rounds.map(({ buckets }) => buckets.find(load => load.bucket === bucket))
  if (!loads.every(load => load !== undefined)) throw new Error(`a round lacks the bucket of ${bucket}`)
  const [first] = loads as [BucketLoad]
  const of = (figure: (load: BucketLoad) => number): number => median(loads.map(figure))
  return {
    bucket,
    warmBytes: of(load => load.warmBytes),
    residentBytes: of(load => load.residentBytes),
    peakBytes: of(load => load.peakBytes),
    bufferBytes: first.bufferBytes,
    arena: first.arena,
    processBytes: medianKnown(loads.map(load => load.processBytes)),
    deviceUsedBytes: medianKnown(loads.map(load => load.deviceUsedBytes)),
    firstRunMs: of(load => load.firstRunMs),
    runMs: loads.flatMap(load => load.runMs),
  }
}

/** The lower of the two in the middle, so that it is one that was seen. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** The least value that this share of them does not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] as number
}

/** Of those that are known; null where none is. */
function medianKnown(values: readonly (number | null)[]): number | null {
  const known = values.filter(value => value !== null)
  return known.length > 0 ? median(known) : null
}
