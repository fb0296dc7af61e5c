/** What a batch must give to be believed: for each frame of it what that frame gives alone, where the frames do not give the same. */
import { CLASS_ID, SCORE, VALUES_PER_CANDIDATE } from '../../postprocess/candidates.js'

/** Sums run in another order in a batch: of the best score of the frame, and of the input's pixels. */
const SCORE_TOLERANCE = 1e-3
const BOX_TOLERANCE_PX = 0.1

/** @returns what speaks against the batch, or null. Each array: float32 candidates of one frame, [maxCandidates, 6]. */
export function faultOfBatch(
  together: readonly Float32Array[],
  alone: readonly Float32Array[],
): string | null {
  const fault = together.findIndex((candidates, i) => !sameCandidates(candidates, alone[i]!))
  if (fault >= 0) return `frame ${fault} gives other boxes in a batch`
  return sameCandidates(alone[0]!, alone[1]!) ? 'two different frames give the same boxes' : null
}

/** Of equal scores any order is right, and at the end of the list so is any choice. */
export function sameCandidates(a: Float32Array, b: Float32Array): boolean {
  const tolerance = SCORE_TOLERANCE * Math.abs(b[SCORE]!)
  const rows = Array.from({ length: b.length / VALUES_PER_CANDIDATE }, (_, i) => rowOf(b, i))
  const last = rows.at(-1)![SCORE]!
  return rows.every((other, i) => {
    const row = rowOf(a, i)
    if (Math.abs(row[SCORE]! - other[SCORE]!) > tolerance) return false
    return row[SCORE]! <= last + tolerance || rows.some(twin => isTwin(row, twin, tolerance))
  })
}

function isTwin(row: Float32Array, other: Float32Array, scoreTolerance: number): boolean {
  return (
    row[CLASS_ID] === other[CLASS_ID] &&
    Math.abs(row[SCORE]! - other[SCORE]!) <= scoreTolerance &&
    [0, 1, 2, 3].every(edge => Math.abs(row[edge]! - other[edge]!) <= BOX_TOLERANCE_PX)
  )
}

function rowOf(candidates: Float32Array, index: number): Float32Array {
  return candidates.subarray(index * VALUES_PER_CANDIDATE, (index + 1) * VALUES_PER_CANDIDATE)
}
