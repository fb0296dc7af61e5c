/**
 * From what each bucket took to what any would: a line through the buckets, by least squares. Pure.
 *
 *   bytes(bucket) ≈ bytesPerBucket + bytesPerItem · bucket      fixedBytes beside them, once
 *
 * One bucket alone tells nothing of a slope: all of it is taken for the bucket's. Neither part is ever below 0: where the line
 * would begin below, it begins at 0.
 */
import type { ProfileFit } from '../../shared/budget/profile.js'
import type { BucketLoad, LoadMemory } from '../engine/load-memory.js'

/** Through so many buckets beside the first a line says what the first would have taken by itself. */
const LEAST_OTHERS = 3

interface Line {
  bytesPerBucket: number
  bytesPerItem: number
}

export interface MemoryFit extends Omit<ProfileFit, 'msPerFrame'> {
  /** What the libraries took once, with the first bucket of the process; null where it cannot be told from that bucket's own. */
  libraryBytes: number | null
}

/** @param onGpu each bucket has a session of its own, and the process's first one paid for the libraries. */
export function fitMemory(memory: LoadMemory, onGpu: boolean): MemoryFit {
  const [first, ...others] = memory.buckets
  if (!first)
    return { fixedBytes: 0, bytesPerBucket: 0, bytesPerItem: 0, residualBytes: [], libraryBytes: null }
  const apart = onGpu && memory.firstOfProcess && others.length >= LEAST_OTHERS
  const line = lineThrough(apart ? others : memory.buckets)
  const libraryBytes = apart ? Math.max(0, keptBytes(first) - valueAt(line, first.bucket)) : null
  const fixedBytes = onGpu ? (libraryBytes ?? 0) : fixedBytesOf(memory)
  const residualBytes = memory.buckets.map(load => {
    const fitted = valueAt(line, load.bucket) + (load === first ? (libraryBytes ?? 0) : 0)
    return { bucket: load.bucket, bytes: Math.round(keptBytes(load) - fitted) }
  })
  return {
    fixedBytes: Math.round(fixedBytes),
    ...rounded(line),
    residualBytes,
    libraryBytes: round(libraryBytes),
  }
}

/** What stays of a bucket. */
export function keptBytes({ warmBytes, residentBytes }: BucketLoad): number {
  return Math.max(warmBytes, residentBytes, 0)
}

/** Of the model, whatever its buckets: on a CPU the thread and the session. */
export function fixedBytesOf({ contextBytes, sessionBytes }: LoadMemory): number {
  return Math.max(0, contextBytes ?? 0) + Math.max(0, sessionBytes)
}

/** What the model's buckets took, by the line. @param buckets those to be loaded. */
export function fittedBytes(fit: ProfileFit, buckets: readonly number[]): number {
  const of = (bucket: number): number => fit.bytesPerBucket + fit.bytesPerItem * bucket
  return Math.round(fit.fixedBytes + buckets.reduce((sum, bucket) => sum + of(bucket), 0))
}

function lineThrough(loads: readonly BucketLoad[]): Line {
  const points = loads.map(load => ({ x: load.bucket, y: keptBytes(load) }))
  const mean = (of: (point: (typeof points)[number]) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length
  const [x, y] = [mean(point => point.x), mean(point => point.y)]
  const spread = mean(point => (point.x - x) ** 2)
  if (spread === 0) return { bytesPerBucket: y, bytesPerItem: 0 }
  const slope = mean(point => (point.x - x) * (point.y - y)) / spread
  if (slope < 0) return { bytesPerBucket: y, bytesPerItem: 0 }
  if (y >= slope * x) return { bytesPerBucket: y - slope * x, bytesPerItem: slope }
  return { bytesPerBucket: 0, bytesPerItem: mean(p => p.x * p.y) / mean(p => p.x ** 2) }
}

function valueAt({ bytesPerBucket, bytesPerItem }: Line, bucket: number): number {
  return bytesPerBucket + bytesPerItem * bucket
}

function rounded(line: Line): Line {
  return { bytesPerBucket: Math.round(line.bytesPerBucket), bytesPerItem: Math.round(line.bytesPerItem) }
}

function round(bytes: number | null): number | null {
  return bytes === null ? null : Math.round(bytes)
}
