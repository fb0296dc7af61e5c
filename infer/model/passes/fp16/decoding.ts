/** The part of a graph behind its last layer: there numbers are boxes in pixels and scores in order, and no longer features. */
import type { Graph, Node, Tensor } from '../../onnx/proto.js'
import { countOf, dimsOfTensor } from '../../onnx/tensor-data.js'

const LAYERS = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul'])

/** Nodes from which no layer is reached any more; nodes in the order they run. */
export function decodingNodes(graph: Graph): Set<Node> {
  const weights = new Map(graph.initializer!.map(tensor => [tensor.name!, tensor]))
  const beforeLayer = new Set<string>()
  const decoding = new Set<Node>()
  for (const node of graph.node!.toReversed()) {
    const isLayer = LAYERS.has(node.opType!) && hasWeights(node, weights)
    if (isLayer || node.output?.some(name => beforeLayer.has(name))) {
      for (const name of node.input ?? []) beforeLayer.add(name)
    } else decoding.add(node)
  }
  return decoding
}

/** A product of two activations, or with a handful of constants, is arithmetic. */
function hasWeights({ input }: Node, weights: ReadonlyMap<string, Tensor>): boolean {
  return (input ?? []).some(name => {
    const weight = weights.get(name)
    return weight !== undefined && countOf(dimsOfTensor(weight)) > FEW_WEIGHTS
  })
}

const FEW_WEIGHTS = 64
