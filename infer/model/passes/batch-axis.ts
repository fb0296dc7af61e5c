/** Pass: a graph exported for one picture a run takes several, where constants alone held it to one. Whether that is so is proved by running it, not here. */
import { intAttribute } from '../onnx/attributes.js'
import { attributeOf, GraphEditor } from '../onnx/graph-editor.js'
import type { Graph, Node, Tensor } from '../onnx/proto.js'
import { readValues } from '../onnx/tensor-data.js'
import type { Pass } from './pass.js'

/** Inputs of Resize: X, roi, scales, sizes. */
const SIZES = 3

/**
 * The leading 1 of a Reshape becomes 0, which keeps the axis; the leading 1 of a Resize's sizes becomes what its input has.
 * A pick out of one frame's rows becomes a pick along the rows of each. Expand and Tile need nothing: a 1 there repeats
 * nothing. Shapes the file declares of inner tensors are dropped later.
 */
export const batchAxis: Pass = {
  name: 'batch-axis',
  version: 1,
  apply({ graph }, { spec }): void {
    if (spec.batch !== 'dynamic') return
    const editor = new GraphEditor(graph!, spec.opset, 'batch')
    const weights = new Map(graph!.initializer!.map(tensor => [tensor.name!, tensor]))
    const makers = makersOf(graph!.node!)
    const dependent = dependents(graph!, spec.inputName)
    graph!.node = graph!.node!.flatMap(node => {
      if (!dependent.has(node)) return [node]
      openReshape(node, weights, editor)
      openResize(node, weights, editor)
      openPick(node, makers, editor)
      return [...editor.nodes.splice(0), node]
    })
  },
}

/** Nodes whose results depend on the picture; others have no batch axis. */
function dependents(graph: Graph, image: string): ReadonlySet<Node> {
  const tensors = new Set([image])
  const nodes = graph.node!.filter(({ input, output }) => {
    if (!input?.some(name => tensors.has(name))) return false
    for (const name of output ?? []) tensors.add(name)
    return true
  })
  return new Set(nodes)
}

function openReshape(node: Node, weights: ReadonlyMap<string, Tensor>, editor: GraphEditor): void {
  if (node.opType !== 'Reshape' || intAttribute(node, 'allowzero', 0) !== 0) return
  const dims = constantInts(weights.get(node.input![1]!))
  if (dims?.[0] !== 1 || dims.length < 2) return
  node.input = [node.input![0]!, editor.ints([0, ...dims.slice(1)])]
}

function openResize(node: Node, weights: ReadonlyMap<string, Tensor>, editor: GraphEditor): void {
  if (node.opType !== 'Resize' || !node.input?.[SIZES]) return
  const sizes = constantInts(weights.get(node.input[SIZES]))
  if (sizes?.[0] !== 1) return
  const own = editor.node('Shape', [node.input[0]!])
  const batch = editor.slice(own, 0, 0, 1)
  const opened = editor.node('Concat', [batch, editor.ints(sizes.slice(1))], { axis: 0 })
  node.input = node.input.with(SIZES, opened)
}

/**
 * `index[i, picked]` of PyTorch with i = [0], as Ultralytics' end-to-end heads have it:
 *
 *   index [N, K, 1] ─► Flatten(2) ─► [N·K, 1] ─► Gather(axis 0, picked [N, M]) ─► [N, M, 1]
 *
 * With several frames, `picked` counts in the rows of its own.
 */
function openPick(node: Node, makers: ReadonlyMap<string, Node>, editor: GraphEditor): void {
  const flatten = node.opType === 'Gather' ? makers.get(node.input![0]!) : undefined
  if (flatten?.opType !== 'Flatten' || intAttribute(flatten, 'axis', 1) !== 2) return
  if (intAttribute(node, 'axis', 0) !== 0) return
  node.opType = 'GatherElements'
  node.input = [flatten.input![0]!, editor.reshape(node.input![1]!, [0, -1, 1])]
  node.attribute = [attributeOf('axis', 1)]
}

function makersOf(nodes: readonly Node[]): Map<string, Node> {
  return new Map(nodes.flatMap(node => (node.output ?? []).map(name => [name, node] as const)))
}

function constantInts(tensor: Tensor | undefined): number[] | null {
  const values = tensor && readValues(tensor)
  return values && values.dims.length === 1 ? [...values.data] : null
}
