/** Raises the opset of a graph to the first that can quantise each channel on its own, where no operator in it means something else there. */
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
/** They flattened their input at an axis, and no longer do; over the last axis both give the same. */
const flattened = new Set(['Hardmax', 'LogSoftmax', 'Softmax'])
/** Training or control flow: nothing of it stands in a detector. */
const changed = new Set(['Dropout', 'If', 'Loop', 'Scan'])

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
  entry.version = QDQ_OPSET
  return QDQ_OPSET
}

function raiseNode(node: Node, editor: GraphEditor, opset: number, file: string): void {
  const attribute = axesMoved[node.opType!]
  if (attribute) moveToInput(node, attribute, editor)
  const isFlattened = flattened.has(node.opType!) && intAttribute(node, 'axis', 1) !== -1
  if (!isFlattened && !changed.has(node.opType!)) return
  throw modelInvalid(
    file,
    `its ${node.opType} of opset ${opset} means something else in opset ${QDQ_OPSET}, which int8 needs`,
    `an export of opset ${QDQ_OPSET} or newer`,
  )
}

function moveToInput(node: Node, name: string, editor: GraphEditor): void {
  if (!hasAttribute(node, name)) return
  node.input = [node.input![0]!, editor.ints(intsAttribute(node, name))]
  node.attribute = node.attribute!.filter(attribute => attribute.name !== name)
}
