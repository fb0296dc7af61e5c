/** What a batch must give to be believed: for each frame of it what that frame gives alone, where the frames do not give the same. */
import { CLASS_ID, SCORE, VALUES_PER_CANDIDATE } from '../../postprocess/candidates.js'
import type { Precision } from '../prepared-model.js'

/** Sums run in another order in a batch; in fp16 each sum is rounded to three digits. */
const tolerances: Readonly<Record<Precision, { score: number; boxPx: number }>> = {
  fp32: { score: 1e-4, boxPx: 0.05 },
  fp16: { score: 0.01, boxPx: 2 },
  int8: { score: 0.01, boxPx: 2 },
}

/** @returns what speaks against the batch, or null. Each array: candidates of one frame, [maxCandidates, 6]. */
export function faultOfBatch(
  together: readonly Float32Array[],
  alone: readonly Float32Array[],
  precision: Precision,
): string | null {
  for (const [i, candidates] of together.entries()) {
    if (!sameCandidates(candidates, alone[i]!, precision)) return `frame ${i} gives other boxes in a batch`
  }
  const [one, other] = alone as [Float32Array, Float32Array]
  return sameCandidates(one, other, precision) ? 'two different frames give the same boxes' : null
}

/** Of equal scores any order is right, and at the end of the list so is any choice. */
export function sameCandidates(a: Float32Array, b: Float32Array, precision: Precision): boolean {
  const { score, boxPx } = tolerances[precision]
  const rows = Array.from({ length: b.length / VALUES_PER_CANDIDATE }, (_, i) => rowOf(b, i))
  const last = rows.at(-1)?.[SCORE] ?? 0
  return Array.from({ length: rows.length }, (_, i) => rowOf(a, i)).every((row, i) => {
    if (Math.abs(row[SCORE]! - rows[i]![SCORE]!) > score) return false
    const isTwin = (other: Float32Array) =>
      Math.abs(row[SCORE]! - other[SCORE]!) <= score &&
      row[CLASS_ID] === other[CLASS_ID] &&
      [0, 1, 2, 3].every(edge => Math.abs(row[edge]! - other[edge]!) <= boxPx)
    return rows.some(isTwin) || row[SCORE]! <= last + score
  })
}

function rowOf(candidates: Float32Array, index: number): Float32Array {
  return candidates.subarray(index * VALUES_PER_CANDIDATE, (index + 1) * VALUES_PER_CANDIDATE)
}
