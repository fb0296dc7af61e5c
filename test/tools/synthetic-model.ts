/** Small ONNX detectors made in the test: their output is a table of their own times the brightness of the picture. */
import { GraphEditor, valueInfo } from '../../infer/model/onnx/graph-editor.js'
import { elementType, type Graph, type Model, ModelProto } from '../../infer/model/onnx/proto.js'

export interface SyntheticOptions {
  opset: number
  widthPx: number
  heightPx: number
  /** Output without its batch axis, e.g. [anchors, 5 + classes]. */
  outputDims: readonly [number, number]
  table: Float32Array
  batch?: 'batch' | number
  /** What the file says of its output instead of the truth; a string is open. */
  declaredDims?: readonly (number | string)[]
  /** What the file says of its input instead of the truth. */
  inputDims?: readonly (number | string)[]
  metadata?: Record<string, string>
}

export function syntheticModel(options: SyntheticOptions): Model {
  const { opset, widthPx, heightPx, outputDims, batch = 'batch' } = options
  const graph: Graph = { name: 'synthetic', node: [], initializer: [], input: [], output: [] }
  const editor = new GraphEditor(graph, opset, 'synthetic')
  const average = editor.node('GlobalAveragePool', ['images'])
  const brightness = editor.reshape(editor.slice(average, 1, 0, 1), [0, 1, 1])
  const table = editor.floats(options.table, [1, ...outputDims])
  editor.append('Mul', [table, brightness], ['output'])
  graph.node = editor.nodes
  graph.input = [valueInfo('images', elementType.float, options.inputDims ?? [batch, 3, heightPx, widthPx])]
  graph.output = [valueInfo('output', elementType.float, options.declaredDims ?? [batch, ...outputDims])]
  // The names that Ringside adds itself must be free in a source model.
  for (const item of [...graph.node, ...graph.initializer!]) rename(item)
  return ModelProto.create({
    irVersion: 6,
    opsetImport: [{ domain: '', version: opset }],
    graph,
    metadataProps: Object.entries(options.metadata ?? {}).map(([key, value]) => ({ key, value })),
  })
}

function rename(item: { name?: string | null; input?: string[] | null; output?: string[] | null }): void {
  const own = (name: string) => name.replace(/^ringside\//, 'own/')
  if (item.name) item.name = own(item.name)
  if (item.input) item.input = item.input.map(own)
  if (item.output) item.output = item.output.map(own)
}

export function encodeModel(model: Model): Buffer {
  return Buffer.from(ModelProto.encode(model).finish())
}
