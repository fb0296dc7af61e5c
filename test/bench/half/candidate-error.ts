/** How far candidates are from those they should be. */
import { CLASS_ID, SCORE, VALUES_PER_CANDIDATE } from '../../../infer/postprocess/candidates.js'

/** One [maxCandidates, 6] a frame. */
export type Rows = readonly Float32Array[]

export interface CandidateError {
  compared: number
  /** Without a candidate of their class nearby. */
  lost: number
  scoreMean: number
  scoreMax: number
  boxMeanPx: number
  boxMaxPx: number
}

const MIN_SCORE = 0.1
const NEAR = 0.25

export function errorOf(reference: Rows, found: Rows): CandidateError {
  const pairs = reference.flatMap((frame, i) =>
    rowsOf(frame)
      .filter(row => row[SCORE]! >= MIN_SCORE)
      .map(row => distance(row, rowsOf(found[i]!))),
  )
  const met = pairs.filter(pair => pair !== null)
  const [scores, boxes] = [met.map(({ score }) => score), met.map(({ boxPx }) => boxPx)]
  return {
    compared: pairs.length,
    lost: pairs.length - met.length,
    scoreMean: mean(scores),
    scoreMax: Math.max(0, ...scores),
    boxMeanPx: mean(boxes),
    boxMaxPx: Math.max(0, ...boxes),
  }
}

/** To the nearest candidate of the class: by boxes and scores, since neighbours share a box. */
function distance(row: Float32Array, others: readonly Float32Array[]) {
  let best: { score: number; boxPx: number } | null = null
  for (const other of others) {
    if (other[CLASS_ID] !== row[CLASS_ID]) continue
    const score = Math.abs(other[SCORE]! - row[SCORE]!)
    const boxPx = Math.max(...[0, 1, 2, 3].map(edge => Math.abs(other[edge]! - row[edge]!)))
    const isNear = boxPx < NEAR * Math.max(row[2]! - row[0]!, row[3]! - row[1]!)
    if (isNear && (!best || score * 100 + boxPx < best.score * 100 + best.boxPx)) best = { score, boxPx }
  }
  return best
}

function rowsOf(frame: Float32Array): Float32Array[] {
  return Array.from({ length: frame.length / VALUES_PER_CANDIDATE }, (_, i) =>
    frame.subarray(i * VALUES_PER_CANDIDATE, (i + 1) * VALUES_PER_CANDIDATE),
  )
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
}
