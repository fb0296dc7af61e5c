/** Chooses the nodes that run on halves: those that a rule allows, whose weights fit, and the movers between them. */
import { MAX_HALF } from '../../onnx/half.js'
import { elementType, type Graph, type Node, type Tensor } from '../../onnx/proto.js'
import { readValues } from '../../onnx/tensor-data.js'
import { tensorTypes } from '../../onnx/tensor-types.js'
import { computing, halfInputsOf, isHalfInput, moving } from './operators.js'

/** The smallest half that is not 0, rounded to. */
const MIN_HALF = 2 ** -25
/** Of a constant that keeps a division from 0, rather than of weights. */
const FEW_ELEMENTS = 16

/** @param allowed says of a node that computes whether it may do so on halves. */
export function chooseHalves(graph: Graph, allowed: (node: Node) => boolean): Set<Node> {
  const types = tensorTypes(graph)
  const weights = new Map(graph.initializer!.map(tensor => [tensor.name!, tensor]))
  const halves = new Set<string>()
  const chosen = new Set<Node>()
  for (const node of graph.node!) {
    const floats = floatInputs(node, types)
    if (floats.length === 0) continue
    const made = floats.filter(name => !weights.has(name))
    const follows = node.opType! in moving && made.length > 0 && made.every(name => halves.has(name))
    const computes = node.opType! in computing && allowed(node)
    if (!(follows || computes) || !floats.every(name => fits(weights.get(name)))) continue
    chosen.add(node)
    for (const name of node.output ?? []) if (types.get(name) === elementType.float) halves.add(name)
  }
  return chosen
}

/** Empty where the operator takes no halves, or one of these inputs is of another type. */
function floatInputs(node: Node, types: ReadonlyMap<string, number>): string[] {
  const positions = node.domain ? undefined : halfInputsOf(node.opType!)
  if (!positions) return []
  const names = node.input!.filter((name, i) => name && isHalfInput(positions, i))
  return names.every(name => types.get(name) === elementType.float) ? names : []
}

function fits(weight: Tensor | undefined): boolean {
  const values = weight && readValues(weight)?.data
  if (!values) return true
  const few = values.length <= FEW_ELEMENTS
  return values.every(value => {
    const size = Math.abs(value)
    return size <= MAX_HALF && !(few && size > 0 && size <= MIN_HALF)
  })
}
