/** Whether a result belongs to a frame: its best candidates against those that the frame gave at first. Pure. */
import { CLASS_ID, SCORE, VALUES_PER_CANDIDATE } from '../../../infer/postprocess/candidates.js'

const ROWS = 16
/** What is left of two results of one frame after halves were added up in another order: most rows, a little moved. */
const LEAST_SHARED = ROWS / 2
const SCORE_TOLERANCE = 0.02
const BOX_TOLERANCE_PX = 2

/** @param candidates float32 [maxCandidates, 6] of one frame. */
export function fingerprintOf(candidates: Float32Array): Float32Array {
  return candidates.slice(0, ROWS * VALUES_PER_CANDIDATE)
}

/** False also for a result that nothing was written to, or that is no numbers. */
export function isOf(fingerprint: Float32Array, candidates: Float32Array): boolean {
  if (fingerprint.every((value, i) => value === candidates[i])) return true
  let shared = 0
  for (let row = 0; row < ROWS; row++)
    if (hasTwin(fingerprint, candidates, row * VALUES_PER_CANDIDATE)) shared++
  return shared >= LEAST_SHARED
}

function hasTwin(fingerprint: Float32Array, candidates: Float32Array, at: number): boolean {
  for (let row = 0; row < ROWS; row++) {
    const other = row * VALUES_PER_CANDIDATE
    if (
      candidates[at + CLASS_ID] === fingerprint[other + CLASS_ID] &&
      Math.abs(candidates[at + SCORE]! - fingerprint[other + SCORE]!) <= SCORE_TOLERANCE &&
      [0, 1, 2, 3].every(
        edge => Math.abs(candidates[at + edge]! - fingerprint[other + edge]!) <= BOX_TOLERANCE_PX,
      )
    )
      return true
  }
  return false
}
