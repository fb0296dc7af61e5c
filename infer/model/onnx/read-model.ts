/** Pass: an untrusted file becomes a model in memory, or is refused before anything acts on it. */
import fs from 'node:fs/promises'
import { messageOf, RingsideError } from '../../../shared/errors.js'
import { modelInvalid } from './invalid.js'
import { type Attribute, type Graph, type Model, ModelProto, type Node, type Tensor } from './proto.js'

/** Whole files are read and written in memory, and a protobuf message ends at 2 GiB. */
const MAX_BYTES = 2 ** 30
const KNOWN_DOMAINS = new Set(['', 'ai.onnx', 'ai.onnx.ml'])
/** TensorProto.DataLocation.EXTERNAL */
const EXTERNAL = 1

/** @throws RingsideError `model_not_found` or `model_invalid`. */
export async function readModelBytes(file: string): Promise<Buffer> {
  const stat = await fs.stat(file).catch((cause: unknown) => {
    throw new RingsideError('model_not_found', `The model file cannot be read: ${messageOf(cause)}.`, {
      key: 'model.name',
      value: file,
      cause,
    })
  })
  if (!stat.isFile()) throw modelInvalid(file, 'it is not a regular file', 'an .onnx file')
  if (stat.size > MAX_BYTES)
    throw modelInvalid(file, `it has ${stat.size} bytes`, `at most ${MAX_BYTES} bytes`)
  return fs.readFile(file)
}

/** @throws RingsideError `model_invalid`. */
export function parseModel(bytes: Buffer, file: string): Model {
  const model = decode(bytes, file)
  if (!Number(model.irVersion) || !model.opsetImport.length || !model.graph?.node?.length) {
    throw modelInvalid(file, `its ${bytes.length} bytes hold no graph of operators`, 'an ONNX model')
  }
  // Subgraphs nest in attributes; functions would hide operators from the checks and from the rewriting.
  if (model.functions.length) throw modelInvalid(file, 'it defines functions of its own', 'a plain graph')
  checkGraph(model.graph, file)
  return model
}

function decode(bytes: Buffer, file: string): Model {
  try {
    return ModelProto.decode(bytes)
  } catch (cause) {
    const found = `its ${bytes.length} bytes are no ONNX protobuf, or are cut off (${messageOf(cause)})`
    throw modelInvalid(file, found, 'an ONNX model', cause)
  }
}

function checkGraph(graph: Graph, file: string): void {
  const sparse = (graph.sparseInitializer ?? []).flatMap(tensor => [tensor.values, tensor.indices])
  checkTensors([...(graph.initializer ?? []), ...sparse], file)
  for (const node of graph.node ?? []) checkNode(node, file)
}

function checkNode(node: Node, file: string): void {
  if (!KNOWN_DOMAINS.has(node.domain ?? '')) {
    throw modelInvalid(file, `it uses ${node.opType} of ${node.domain}`, 'standard ONNX operators only')
  }
  for (const attribute of node.attribute ?? []) checkAttribute(attribute, file)
}

function checkAttribute(attribute: Attribute, file: string): void {
  const sparse = [attribute.sparseTensor, ...(attribute.sparseTensors ?? [])]
  const ofSparse = sparse.flatMap(tensor => [tensor?.values, tensor?.indices])
  checkTensors([attribute.t, ...(attribute.tensors ?? []), ...ofSparse], file)
  for (const graph of [attribute.g, ...(attribute.graphs ?? [])]) if (graph) checkGraph(graph, file)
}

/** A path in a model file could name any file of this host. */
function checkTensors(tensors: readonly (Tensor | null | undefined)[], file: string): void {
  for (const tensor of tensors) {
    if (tensor?.dataLocation === EXTERNAL || tensor?.externalData?.length) {
      throw modelInvalid(file, `tensor ${tensor.name} keeps its data in another file`, 'all data inside')
    }
  }
}
