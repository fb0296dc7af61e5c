/** What a decoded model must be before anything acts on it: of known versions and operators, with whole tensors, in an order that can run. */
import { orderNodes } from './check-order.js'
import { checkTensor, checkValueInfo } from './check-tensor.js'
import { modelInvalid } from './invalid.js'
import type { Attribute, Model, Node, Tensor } from './proto.js'

const KNOWN_DOMAINS = new Set(['', 'ai.onnx', 'ai.onnx.ml'])
/** They hold graphs, or name functions; with their graphs left out they would be caught here. */
const CONTROL_FLOW = new Set(['If', 'Loop', 'Scan', 'SequenceMap'])
/** The last version whose standard operators mean what our passes take them for. */
const NEWEST_OPSET = 22
/** ONNX 1.18. Newer files may hold what a copy of ours would lose. */
const NEWEST_IR = 11

/** @throws RingsideError `model_invalid`. */
export function checkModel(model: Model, bytes: number, file: string): void {
  const { graph } = model
  if (!Number(model.irVersion) || !model.opsetImport.length || !graph?.node?.length) {
    throw modelInvalid(file, `its ${bytes} bytes hold no graph of operators`, 'an ONNX model')
  }
  checkVersions(model, file)
  if (graph.sparseInitializer?.length) throw modelInvalid(file, 'it has sparse weights', 'dense tensors')
  for (const tensor of graph.initializer ?? []) checkTensor(tensor, file)
  for (const node of graph.node) checkNode(node, file)
  const declared = [...(graph.input ?? []), ...(graph.output ?? []), ...(graph.valueInfo ?? [])]
  for (const value of declared) checkValueInfo(value, file)
  orderNodes(graph, file)
}

function checkVersions(model: Model, file: string): void {
  const ir = Number(model.irVersion)
  if (ir > NEWEST_IR || ir < 1) throw modelInvalid(file, `it is of IR version ${ir}`, `1 to ${NEWEST_IR}`)
  const standard = model.opsetImport.filter(({ domain }) => !domain || domain === 'ai.onnx')
  if (standard.length !== 1) {
    throw modelInvalid(file, `it names ${standard.length} versions of the standard operators`, 'one opset')
  }
  const opset = Number(standard[0]!.version)
  if (opset > NEWEST_OPSET) {
    throw modelInvalid(file, `it is of opset ${opset}`, `opset ${NEWEST_OPSET} or older`)
  }
}

function checkNode(node: Node, file: string): void {
  if (!node.opType) throw modelInvalid(file, 'an operator has no type', 'standard ONNX operators only')
  if (!KNOWN_DOMAINS.has(node.domain ?? '')) {
    throw modelInvalid(file, `it uses ${node.opType} of ${node.domain}`, 'standard ONNX operators only')
  }
  if (CONTROL_FLOW.has(node.opType)) {
    throw modelInvalid(file, `it uses ${node.opType} (control flow)`, 'a graph without If, Loop or Scan')
  }
  const names = new Set<string>()
  for (const attribute of node.attribute ?? []) {
    checkAttribute(attribute, node, file)
    if (names.has(attribute.name!)) {
      throw modelInvalid(file, `${node.opType} has ${attribute.name} twice`, 'each attribute once')
    }
    names.add(attribute.name!)
  }
}

function checkAttribute(attribute: Attribute, node: Node, file: string): void {
  if (!attribute.name) throw modelInvalid(file, `an attribute of ${node.opType} has no name`, 'named ones')
  if (attribute.g || attribute.graphs?.length) {
    throw modelInvalid(file, `${node.opType} holds a graph of its own (control flow)`, 'a plain graph')
  }
  if (attribute.sparseTensor || attribute.sparseTensors?.length) {
    throw modelInvalid(file, `${node.opType} has a sparse constant`, 'dense tensors')
  }
  const tensors = [attribute.t, ...(attribute.tensors ?? [])]
  for (const tensor of tensors) if (tensor) checkTensor(tensor as Tensor, file)
}
