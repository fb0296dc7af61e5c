/** Prepares a model: read and check, recognise its family, give it an I420 input and a candidates output, keep the result. */
import { type PreparedFacts, preparedFile, readEntry, sha256, writeEntry } from './cache.js'
import { classNamesFor } from './classes.js'
import { families, recogniseFamily } from './families/recognise.js'
import { gatherEvidence } from './onnx/evidence.js'
import { GraphEditor } from './onnx/graph-editor.js'
import { ModelProto } from './onnx/proto.js'
import { parseModel, readModelBytes } from './onnx/read-model.js'
import { candidatesOf, giveCandidatesOutput, OUTPUT_NAME } from './passes/candidates-output.js'
import { giveI420Input, INPUT_NAME } from './passes/i420-input.js'
import type { PreparedModel } from './prepared-model.js'
import type { ModelFile } from './resolve.js'

/** Name of the batch axis where it is dynamic. */
const BATCH_AXIS = 'batch'

/**
 * Takes some hundred milliseconds the first time, and the time of a hash after that.
 * @throws RingsideError `model_not_found`, `model_invalid` or `model_family_unknown`.
 */
export async function prepareModel(request: ModelFile & { cacheDir: string }): Promise<PreparedModel> {
  const { file, name, cacheDir } = request
  const source = await readModelBytes(file)
  const digest = sha256(source)
  const facts = (await readEntry(cacheDir, digest)) ?? (await prepareEntry(source, file, cacheDir, digest))
  const { classNames, classCount, ...shape } = facts
  return {
    ...shape,
    name,
    digest,
    file: preparedFile(cacheDir, digest),
    letterbox: families[facts.family].letterbox,
    classes: await classNamesFor(file, classCount, classNames),
    minScore: request.minScore ?? families[facts.family].minScore,
    inputName: INPUT_NAME,
    outputName: OUTPUT_NAME,
  }
}

async function prepareEntry(source: Buffer, file: string, cacheDir: string, digest: string) {
  const { bytes, facts } = rewriteModel(source, file)
  await writeEntry(cacheDir, digest, bytes, facts)
  return facts
}

/** The passes, in order. */
export function rewriteModel(source: Buffer, file: string): { bytes: Uint8Array; facts: PreparedFacts } {
  const model = parseModel(source, file)
  const graph = model.graph!
  const evidence = gatherEvidence(model, file)
  const { family, classCount } = recogniseFamily(evidence, file)
  const { widthPx, heightPx, batch } = evidence
  const shape = { widthPx, heightPx, classCount }
  const batchAxis = batch === 'dynamic' ? BATCH_AXIS : batch

  const before = new GraphEditor(graph, evidence.opset)
  giveI420Input(before, graph, evidence.inputName, { widthPx, heightPx, batch: batchAxis }, family.pixels)
  giveCandidatesOutput(before, graph, batchAxis, family, shape)
  return {
    bytes: ModelProto.encode(model).finish(),
    facts: {
      family: family.name,
      ...shape,
      batch,
      maxCandidates: candidatesOf(shape),
      classNames: evidence.classNames,
    },
  }
}
