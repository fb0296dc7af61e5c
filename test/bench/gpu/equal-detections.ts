/** Whether two engines found the same on a picture: what "equal" means here, and what explains the rest. Pure. */
import { CLASS_ID, SCORE, VALUES_PER_CANDIDATE } from '../../../infer/postprocess/candidates.js'
import { iouAt, type NmsSettings, suppress } from '../../../infer/postprocess/nms.js'

export const LEAST_IOU = 0.95
export const SCORE_TOLERANCE = 0.02
/** Detections below it are nobody's concern. */
export const LEAST_SCORE = 0.25

/**
 * equal         a detection of the same class, IoU ≥ 0.95, score within 0.02; each taken once
 * threshold     none, and its score is within 0.02 of the least: the other engine's may lie below
 * suppression   none, but such a candidate is there: it lost to a neighbour, where the two overlap by just about the limit or score alike
 * different     none of that
 */
export type Verdict = 'equal' | 'threshold' | 'suppression' | 'different'

export interface Compared {
  verdict: Verdict
  score: number
  classId: number
  /** Of the nearest detection of the class on the other side; null where there is none. */
  iou: number | null
  scoreDifference: number | null
}

/**
 * @param own, other float32 [count, 6] of one frame, by score.
 * @returns one for each detection of `own`, best first. Call it both ways round: what one side invents, the other lacks.
 */
export function compare(own: Float32Array, other: Float32Array, maxIou: number): Compared[] {
  const settings: NmsSettings = { minScore: LEAST_SCORE, maxIou }
  // What lies just below on the other side may still be the partner.
  const partners = detections(other, { ...settings, minScore: LEAST_SCORE - SCORE_TOLERANCE })
  const free = new Set(partners)
  const both = joined(own, other)
  return detections(own, settings).map(at => {
    const nearest = nearestOf(both, at, [...free], own.length)
    const score = own[at + SCORE]!
    const facts = { score, classId: own[at + CLASS_ID]!, ...differencesOf(both, at, nearest, own.length) }
    if (nearest !== null && isTwin(both, at, nearest + own.length)) {
      free.delete(nearest)
      return { verdict: 'equal', ...facts }
    }
    if (score < LEAST_SCORE + SCORE_TOLERANCE) return { verdict: 'threshold', ...facts }
    const isCandidate = rows(other).some(row => isTwin(both, at, row + own.length))
    return { verdict: isCandidate ? 'suppression' : 'different', ...facts }
  })
}

function detections(values: Float32Array, settings: NmsSettings): number[] {
  return suppress(values, 0, values.length / VALUES_PER_CANDIDATE, settings)
}

/** One array, so that boxes of both sides can be held against one another. */
function joined(own: Float32Array, other: Float32Array): Float32Array {
  const both = new Float32Array(own.length + other.length)
  both.set(own)
  both.set(other, own.length)
  return both
}

function nearestOf(both: Float32Array, at: number, others: readonly number[], offset: number): number | null {
  let best: number | null = null
  for (const other of others) {
    if (both[at + CLASS_ID] !== both[offset + other + CLASS_ID]) continue
    if (best === null || iouAt(both, at, offset + other) > iouAt(both, at, offset + best)) best = other
  }
  return best
}

function differencesOf(both: Float32Array, at: number, other: number | null, offset: number) {
  if (other === null) return { iou: null, scoreDifference: null }
  const scoreDifference = Math.abs(both[at + SCORE]! - both[offset + other + SCORE]!)
  return { iou: iouAt(both, at, offset + other), scoreDifference }
}

function isTwin(both: Float32Array, a: number, b: number): boolean {
  return (
    both[a + CLASS_ID] === both[b + CLASS_ID] &&
    Math.abs(both[a + SCORE]! - both[b + SCORE]!) <= SCORE_TOLERANCE &&
    iouAt(both, a, b) >= LEAST_IOU
  )
}

function rows(values: Float32Array): number[] {
  return Array.from({ length: values.length / VALUES_PER_CANDIDATE }, (_, i) => i * VALUES_PER_CANDIDATE)
}
