/** Whether a prepared graph gives what the original model and the plain decoder give, whatever order ties have put rows in. */
import ort from 'onnxruntime-node'
import { expect } from 'vitest'
import type { Candidate } from '../../infer/model/families/family.js'
import { OUTPUT_NAME } from '../../infer/model/passes/candidates-output.js'
import { INPUT_NAME } from '../../infer/model/passes/i420-input.js'
import { type FrameSize, floatInputOf } from './i420.js'
import type { PlainDetector } from './plain-detector.js'

export interface Tolerance {
  px: number
  /** Of score and coordinates, as a share of them. */
  share: number
}

const tight: Tolerance = { px: 0.1, share: 1e-3 }

/** Candidates of each frame. */
export async function runPrepared(
  session: ort.InferenceSession,
  frames: readonly Uint8Array[],
  { widthPx, heightPx }: FrameSize,
): Promise<Candidate[][]> {
  const dims = [frames.length, (heightPx * 3) / 2, widthPx]
  const input = new ort.Tensor('uint8', Buffer.concat(frames), dims)
  const output = (await session.run({ [INPUT_NAME]: input }))[OUTPUT_NAME]!
  const [count, rows, values] = output.dims as [number, number, number]
  expect([count, values]).toEqual([frames.length, 6])
  return frames.map((_, i) =>
    candidatesIn((output.data as Float32Array).subarray(i * rows * 6, (i + 1) * rows * 6)),
  )
}

export function candidatesIn(values: Float32Array): Candidate[] {
  return Array.from(
    { length: values.length / 6 },
    (_, i) => [...values.subarray(i * 6, i * 6 + 6)] as Candidate,
  )
}

/**
 * Ranks agree by score; each row is a reference row of that score and class.
 * @param reference sorted, best first. A head that chooses its objects itself cuts it off: of rows that share its last score,
 *   another may be in.
 */
export function expectSame(
  found: readonly Candidate[],
  reference: readonly Candidate[],
  { px, share }: Tolerance = tight,
): void {
  expect(found.length).toBeGreaterThan(0)
  const near = (a: number, b: number, least: number) => Math.abs(a - b) <= least + share * Math.abs(b)
  const isTwin = (row: Candidate, other: Candidate) =>
    other[5] === row[5] &&
    near(row[4], other[4], 1e-4) &&
    [0, 1, 2, 3].every(i => near(row[i]!, other[i]!, px))
  found.forEach((row, rank) => {
    const score = reference[rank]![4]
    if (!near(row[4], score, 1e-4)) expect(row[4], `score of rank ${rank}`).toBe(score)
    const isAtCut = near(row[4], reference.at(-1)![4], 1e-4)
    if (!isAtCut && !reference.some(other => isTwin(row, other)))
      expect.fail(`rank ${rank}, ${row}, is no row of the reference`)
  })
}

/** Frame by frame, against the original. */
export async function expectFaithful(
  session: ort.InferenceSession,
  plain: PlainDetector,
  frames: readonly Uint8Array[],
  tolerance?: Tolerance,
): Promise<void> {
  const { spec } = plain
  for (const frame of frames) {
    const [found] = await runPrepared(session, [frame], spec)
    expectSame(found!, await plain.candidates(floatInputOf(frame, spec, spec.pixels)), tolerance)
  }
}

/** Frames together give what each gives alone. */
export async function expectBatchAlike(
  session: ort.InferenceSession,
  size: FrameSize,
  frames: readonly Uint8Array[],
  tolerance?: Tolerance,
): Promise<void> {
  const together = await runPrepared(session, frames, size)
  for (const [i, frame] of frames.entries()) {
    const [alone] = await runPrepared(session, [frame], size)
    expectSame(together[i]!, alone!, tolerance)
  }
}
