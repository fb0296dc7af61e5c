/** The passes that make a prepared graph of a model file, in order. Nothing is read or kept here: bytes in, bytes out. */
import type { PreparedFacts } from './cache.js'
import type { Family, Head } from './families/family.js'
import { recogniseFamily } from './families/recognise.js'
import { gatherEvidence, type ModelEvidence } from './onnx/evidence.js'
import { GraphEditor, NAME_PREFIX } from './onnx/graph-editor.js'
import { modelInvalid } from './onnx/invalid.js'
import { type Graph, ModelProto } from './onnx/proto.js'
import { parseModel } from './onnx/read-model.js'
import { candidatesOf, giveCandidatesOutput, OUTPUT_NAME } from './passes/candidates-output.js'
import { giveI420Input, INPUT_NAME } from './passes/i420-input.js'

/** Name of the batch axis where it is dynamic. */
const BATCH_AXIS = 'batch'

/**
 * @param file names the source in errors.
 * @throws RingsideError `model_invalid` or `model_family_unknown`.
 */
export function rewriteModel(source: Buffer, file: string): { bytes: Uint8Array; facts: PreparedFacts } {
  const model = parseModel(source, file)
  const evidence = gatherEvidence(model, file)
  const { family, head } = recogniseFamily(evidence, file)
  checkNamesFree(model.graph!, file)
  rewriteGraph(model.graph!, evidence, family, head)
  const { widthPx, heightPx, batch, classNames } = evidence
  const shape = { widthPx, heightPx, classCount: head.classCount }
  return {
    bytes: ModelProto.encode(model).finish(),
    facts: { family: family.name, ...shape, batch, maxCandidates: candidatesOf(head), classNames },
  }
}

function rewriteGraph(graph: Graph, evidence: ModelEvidence, family: Family, head: Head): void {
  const { widthPx, heightPx, opset, inputName } = evidence
  const batch = evidence.batch === 'dynamic' ? BATCH_AXIS : evidence.batch
  const input = new GraphEditor(graph, opset, 'input')
  giveI420Input(input, graph, inputName, { widthPx, heightPx, batch }, family.pixels)
  const output = new GraphEditor(graph, opset, 'output')
  giveCandidatesOutput(output, graph, batch, family, head)
  graph.node = [...input.nodes, ...graph.node!, ...output.nodes]
}

/** Two tensors of one name would make a graph that no runtime loads. */
function checkNamesFree(graph: Graph, file: string): void {
  const declared = [...graph.initializer!, ...graph.input!].map(({ name }) => name)
  const names = [...declared, ...graph.node!.flatMap(({ output }) => output)]
  const isOurs = (name?: string | null) =>
    name === INPUT_NAME || name === OUTPUT_NAME || name?.startsWith(NAME_PREFIX)
  const taken = names.find(isOurs)
  if (taken) throw modelInvalid(file, `it has a tensor named ${taken}`, 'that name free for Ringside’s own')
}
