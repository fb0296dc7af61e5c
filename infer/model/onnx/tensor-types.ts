/** The element type of every tensor of a graph, followed from inputs and weights through the operators. */
import { intAttribute, tensorAttribute } from './attributes.js'
import { elementType, type Graph, type Node } from './proto.js'

const { float, int64, bool } = elementType

/** Operators whose outputs do not have the type of their first input. */
const results: Readonly<Record<string, (node: Node, types: readonly number[]) => number[]>> = {
  And: () => [bool],
  ArgMax: () => [int64],
  ArgMin: () => [int64],
  Cast: node => [intAttribute(node, 'to', 0)],
  CastLike: (_, [, like]) => [like ?? 0],
  Constant: constantType,
  ConstantOfShape: constantType,
  DequantizeLinear: (_, [, scale]) => [scale ?? 0],
  Equal: () => [bool],
  Greater: () => [bool],
  GreaterOrEqual: () => [bool],
  IsInf: () => [bool],
  IsNaN: () => [bool],
  Less: () => [bool],
  LessOrEqual: () => [bool],
  MaxPool: (_, [input]) => [input ?? 0, int64],
  NonZero: () => [int64],
  Not: () => [bool],
  OneHot: (_, [, , values]) => [values ?? 0],
  Or: () => [bool],
  QuantizeLinear: (_, [, , zero]) => [zero ?? elementType.uint8],
  Shape: () => [int64],
  Size: () => [int64],
  TopK: (_, [input]) => [input ?? 0, int64],
  Where: (_, [, chosen]) => [chosen ?? 0],
  Xor: () => [bool],
}

/** Nodes in the order they run. A tensor whose type cannot be told has type 0. */
export function tensorTypes(graph: Graph): Map<string, number> {
  const types = new Map<string, number>()
  for (const input of graph.input!) types.set(input.name!, input.type?.tensorType?.elemType ?? 0)
  for (const tensor of graph.initializer!) types.set(tensor.name!, tensor.dataType ?? 0)
  for (const node of graph.node!) {
    const inputs = (node.input ?? []).map(name => types.get(name) ?? 0)
    const own = results[node.opType!]?.(node, inputs)
    for (const [i, name] of (node.output ?? []).entries())
      types.set(name, own ? (own[i] ?? 0) : (inputs[0] ?? 0))
  }
  return types
}

function constantType(node: Node): number[] {
  const names = (node.attribute ?? []).map(({ name }) => name)
  if (names.some(name => name === 'value_int' || name === 'value_ints')) return [int64]
  return [tensorAttribute(node, 'value')?.dataType ?? float]
}
