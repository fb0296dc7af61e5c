/** Non-maximum suppression: of boxes of one class that overlap, the one with the best score stays. */
import { CLASS_ID, SCORE, VALUES_PER_CANDIDATE } from './candidates.js'

export interface NmsSettings {
  /** Candidates below this score are left out. */
  minScore: number
  /** Boxes of one class with a larger IoU than this are one object. */
  maxIou: number
}

/**
 * Greedy, class by class, over one frame's candidates, which lie sorted by score, descending.
 * @param start index in `values` of the frame's first value.
 * @param count candidates of the frame.
 * @returns where each kept candidate starts in `values`, best first.
 */
export function suppress(
  values: Float32Array,
  start: number,
  count: number,
  { minScore, maxIou }: NmsSettings,
): number[] {
  const kept: number[] = []
  const end = start + count * VALUES_PER_CANDIDATE
  // Written so that a NaN score does not pass for the end: whoever maps the boxes must see and refuse it.
  for (let at = start; at < end && !(values[at + SCORE]! < minScore); at += VALUES_PER_CANDIDATE) {
    if (!overlapsKept(values, kept, at, maxIou)) kept.push(at)
  }
  return kept
}

function overlapsKept(values: Float32Array, kept: readonly number[], at: number, maxIou: number): boolean {
  for (let i = 0; i < kept.length; i++) {
    const other = kept[i]!
    if (values[other + CLASS_ID] === values[at + CLASS_ID] && iouAt(values, other, at) > maxIou) return true
  }
  return false
}

/** Intersection over union of two candidates; 0 where both are empty. */
export function iouAt(values: Float32Array, a: number, b: number): number {
  const width = Math.min(values[a + 2]!, values[b + 2]!) - Math.max(values[a]!, values[b]!)
  const height = Math.min(values[a + 3]!, values[b + 3]!) - Math.max(values[a + 1]!, values[b + 1]!)
  if (width <= 0 || height <= 0) return 0
  const shared = width * height
  return shared / (areaAt(values, a) + areaAt(values, b) - shared)
}

function areaAt(values: Float32Array, at: number): number {
  return (values[at + 2]! - values[at]!) * (values[at + 3]! - values[at + 1]!)
}
