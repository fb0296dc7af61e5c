/** Raises the opset of a graph to the first that can quantise each channel on its own, where operators in it mean something else there. */
import { hasAttribute, intAttribute, intsAttribute } from '../onnx/attributes.js'
import { GraphEditor } from '../onnx/graph-editor.js'
import { modelInvalid } from '../onnx/invalid.js'
import type { Model, Node } from '../onnx/proto.js'

/** `QuantizeLinear` and `DequantizeLinear` have an axis since then. */
export const QDQ_OPSET = 13

/** Their axes moved from an attribute to an input. */
const axesMoved: Readonly<Record<string, string>> = {
  ReduceSum: 'axes',
  Split: 'split',
  Squeeze: 'axes',
  Unsqueeze: 'axes',
}
/** They took all axes from one on as one, and take that one alone since. */
const flattened = new Set(['Hardmax', 'LogSoftmax', 'Softmax'])
/** Training or control flow: nothing of it stands in a detector. */
const refused = new Set(['Dropout', 'If', 'Loop', 'Scan'])

/**
 * From opset 11 or 12 on. All operators that changed their meaning between 11 and 13 are named above; the rest only took
 * more types. Source: the operator change log of ONNX.
 * @returns the opset that the graph then has. @throws RingsideError `model_invalid`, naming the operator.
 */
export function raiseOpset(model: Model, file: string): number {
  const entry = model.opsetImport.find(({ domain }) => !domain || domain === 'ai.onnx')!
  const opset = Number(entry.version)
  if (opset >= QDQ_OPSET) return opset
  const graph = model.graph!
  const editor = new GraphEditor(graph, QDQ_OPSET, 'opset')
  for (const node of graph.node!) raiseNode(node, editor, opset, file)
  graph.node = editor.nodes
  entry.version = QDQ_OPSET
  return QDQ_OPSET
}

function raiseNode(node: Node, editor: GraphEditor, opset: number, file: string): void {
  if (refused.has(node.opType!)) {
    const found = `its ${node.opType} of opset ${opset} means something else in opset ${QDQ_OPSET}, which int8 needs`
    throw modelInvalid(file, found, `an export of opset ${QDQ_OPSET} or newer`)
  }
  const moved = axesMoved[node.opType!]
  if (moved) moveToInput(node, moved, editor)
  if (flattened.has(node.opType!)) flatten(node, editor)
  else editor.nodes.push(node)
}

function moveToInput(node: Node, name: string, editor: GraphEditor): void {
  if (!hasAttribute(node, name)) return
  node.input = [node.input![0]!, editor.ints(intsAttribute(node, name))]
  node.attribute = node.attribute!.filter(attribute => attribute.name !== name)
}

/** In two axes both meanings are one. */
function flatten(node: Node, editor: GraphEditor): void {
  const [input] = node.input!
  const flat = editor.node('Flatten', [input!], { axis: intAttribute(node, 'axis', 1) })
  const result = editor.node(node.opType!, [flat], { axis: 1 })
  editor.append('Reshape', [result, editor.node('Shape', [input!])], node.output!)
}
