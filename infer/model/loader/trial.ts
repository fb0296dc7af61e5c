/** Tries a rewritten model in the runtime: does it load, does it run, and how many frames may a run take? By evidence, not by what the file says. */
import { messageOf } from '../../../shared/errors.js'
import { type TrialGraph, TrialSession } from '../../engine/onnxruntime/trial.js'
import { VALUES_PER_CANDIDATE } from '../../postprocess/candidates.js'
import { modelInvalid } from '../onnx/invalid.js'
import { OUTPUT_NAME } from '../passes/candidates-output.js'
import { INPUT_NAME } from '../passes/i420-input.js'
import type { Rewritten } from '../rewrite.js'
import { faultOfBatch } from './batch-proof.js'
import { noiseFrame } from './noise-frame.js'

/**
 * @param perRun 1 or 2: whether the two frames of the trial run one after the other or together.
 * @returns the candidates of each. @throws RingsideError `model_invalid` where the runtime refuses the graph or it gives no numbers.
 */
export async function tryFrames(model: Rewritten, file: string, perRun: 1 | 2): Promise<Float32Array[]> {
  const session = await load(model, file)
  try {
    const frames = trialFrames(model)
    if (perRun === 1) {
      return [await run(session, model, [frames[0]], file), await run(session, model, [frames[1]], file)]
    }
    const both = await run(session, model, frames, file)
    return [both.subarray(0, both.length / 2), both.subarray(both.length / 2)]
  } finally {
    await session.close()
  }
}

/** @returns null where a batch of two gives what the frames gave `alone`, else what happened instead. */
export async function faultOfOpenBatch(
  model: Rewritten,
  alone: readonly Float32Array[],
  file: string,
): Promise<string | null> {
  try {
    return faultOfBatch(await tryFrames(model, file, 2), alone)
  } catch (error) {
    return messageOf(error)
  }
}

function trialFrames({ facts }: Rewritten): [Uint8Array, Uint8Array] {
  return [noiseFrame(facts, 1), noiseFrame(facts, 2)]
}

async function load({ bytes, facts }: Rewritten, file: string): Promise<TrialSession> {
  const { widthPx, heightPx } = facts
  const graph: TrialGraph = { bytes, widthPx, heightPx, inputName: INPUT_NAME, outputName: OUTPUT_NAME }
  try {
    return await TrialSession.load(graph)
  } catch (cause) {
    throw modelInvalid(file, `ONNX Runtime refuses it (${messageOf(cause)})`, 'a graph that loads', cause)
  }
}

async function run(
  session: TrialSession,
  { facts }: Rewritten,
  frames: readonly Uint8Array[],
  file: string,
): Promise<Float32Array> {
  const { dims, data } = await session.run(frames).catch((cause: unknown) => {
    throw modelInvalid(
      file,
      `it fails on a picture of noise (${messageOf(cause)})`,
      'a graph that runs',
      cause,
    )
  })
  const expected = [frames.length, facts.maxCandidates, VALUES_PER_CANDIDATE]
  if (dims.join() !== expected.join()) {
    throw modelInvalid(file, `its candidates are [${dims.join(', ')}]`, `[${expected.join(', ')}]`)
  }
  if (data.every(Number.isFinite)) return data
  throw modelInvalid(file, 'it gives numbers that are not finite', 'boxes and scores for a picture of noise')
}
