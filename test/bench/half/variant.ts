/** Variants of a prepared graph in which some nodes run on halves, and runs of them. */
import ort from 'onnxruntime-node'
import { NAME_PREFIX } from '../../../infer/model/onnx/graph-editor.js'
import { type Graph, ModelProto, type Node } from '../../../infer/model/onnx/proto.js'
import { OUTPUT_NAME } from '../../../infer/model/passes/candidates-output.js'
import { dropUnused } from '../../../infer/model/passes/drop-unused.js'
import { chooseHalves } from '../../../infer/model/passes/fp16/choose.js'
import { decodingNodes } from '../../../infer/model/passes/fp16/decoding.js'
import { computing } from '../../../infer/model/passes/fp16/operators.js'
import { INPUT_NAME } from '../../../infer/model/passes/i420-input.js'
import { roundNodes } from './rounding.js'

export interface Part {
  part: string
  opType: string
  /** Names of the nodes. */
  nodes: Set<string>
}

/** Nodes that compute, by operator and part of the graph. */
export function partsOf(graph: Graph): Part[] {
  nameNodes(graph)
  const decoding = decodingNodes(graph)
  const parts = new Map<string, Part>()
  for (const node of graph.node!.filter(({ opType }) => opType! in computing)) {
    const part = partOf(node, decoding)
    const key = `${part} ${node.opType}`
    const known = parts.get(key) ?? { part, opType: node.opType!, nodes: new Set() }
    parts.set(key, known)
    known.nodes.add(node.name!)
  }
  return [...parts.values()]
}

/** The prepared graph with the allowed nodes as a device with halves would run them. */
export function halvesOf(prepared: Uint8Array, allowed: (node: Node, graph: Graph) => boolean): Uint8Array {
  const model = ModelProto.decode(prepared)
  const graph = model.graph!
  nameNodes(graph)
  roundNodes(
    graph,
    chooseHalves(graph, node => allowed(node, graph)),
  )
  dropUnused.apply(model, undefined as never)
  return ModelProto.encode(model).finish()
}

/** Candidates of each frame. */
export async function runGraph(
  bytes: Uint8Array,
  { widthPx, heightPx }: { widthPx: number; heightPx: number },
  frames: readonly Uint8Array[],
): Promise<Float32Array[]> {
  const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 4 })
  const results: Float32Array[] = []
  for (const frame of frames) {
    const input = new ort.Tensor('uint8', frame, [1, (heightPx * 3) / 2, widthPx])
    results.push((await session.run({ [INPUT_NAME]: input }))[OUTPUT_NAME]!.data as Float32Array)
  }
  await session.release()
  return results
}

function partOf(node: Node, decoding: ReadonlySet<Node>): string {
  if (node.name!.startsWith(`${NAME_PREFIX}input/`)) return 'picture'
  if (node.name!.startsWith(`${NAME_PREFIX}output/`)) return 'candidates'
  return decoding.has(node) ? 'decoding' : 'network'
}

/** Names are optional in ONNX, and here they tell nodes apart. */
function nameNodes(graph: Graph): void {
  for (const [i, node] of graph.node!.entries()) {
    if (!node.name?.startsWith(NAME_PREFIX)) node.name = `node ${i}`
  }
}
