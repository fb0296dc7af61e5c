/** Finds the layers at the beginning of a network that int8 would slow down. */
import type { Graph, Node } from '../onnx/proto.js'
import type { GraphIndex } from './graph-index.js'
import { activationsOf, isConvolution } from './operators.js'

/**
 * Products that make up one value. A convolution of so few gains less by int8 than the SiLU behind it loses: measured, see
 * docs/decisions/0008-int8.md.
 */
const FEW_PRODUCTS = 32

/**
 * Nodes with no convolution between them and the picture but the first of all and those of few products. Further on, going
 * to float and back costs more than it gains.
 */
export function lightBeginning(graph: Graph, index: GraphIndex): ReadonlySet<Node> {
  const light = new Set<Node>()
  const behindFirst = new Set<Node>()
  for (const node of graph.node!) {
    const makers = activationsOf(node, index).flatMap(name => index.maker(name) ?? [])
    const isConv = isConvolution(node, index)
    const isHeavy =
      isConv && makers.some(maker => behindFirst.has(maker)) && productsOf(node, index) > FEW_PRODUCTS
    if (isConv || makers.some(maker => behindFirst.has(maker))) behindFirst.add(node)
    if (!isHeavy && makers.every(maker => light.has(maker))) light.add(node)
  }
  return light
}

function productsOf({ input }: Node, index: GraphIndex): number {
  return index
    .weight(input![1])!
    .dims.slice(1)
    .reduce((product, dim) => product * dim, 1)
}
