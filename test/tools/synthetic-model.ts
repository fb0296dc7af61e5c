/** Small ONNX detectors made in the test: each output is a table of its own times the brightness of the picture, plus a second one. */
import { GraphEditor, valueInfo } from '../../infer/model/onnx/graph-editor.js'
import { elementType, type Graph, type Model, ModelProto } from '../../infer/model/onnx/proto.js'

export type Axes = readonly (number | string)[]

export interface SyntheticOutput {
  name: string
  /** Without its batch axis, e.g. [anchors, 5 + classes]. */
  dims: readonly number[]
  table: Float32Array
  offset?: Float32Array
  /** What its values come from last: a convolution, a sigmoid behind one, or arithmetic. */
  endsIn?: 'Conv' | 'Sigmoid' | 'Mul' | 'Exp'
  /** Multiplied with this input, [N, 2], twice over: boxes [N, K, 4] in the pixels of `orig_target_sizes`. */
  times?: string
  elemType?: number
  /** What the file says of it instead of the truth; a string is open. */
  declaredDims?: Axes
  /** The batch axis is dropped: right for one picture only. */
  squeezed?: boolean
}

interface Common {
  opset: number
  widthPx: number
  heightPx: number
  batch?: 'batch' | number
  inputName?: string
  /** What the file says of its input instead of the truth. */
  inputDims?: Axes
  /** Input and outputs are float16. */
  half?: boolean
  /** int64 inputs [N, values] beside the picture. */
  extraInputs?: Readonly<Record<string, number>>
  metadata?: Record<string, string>
}

/** One output, or several. */
export type SyntheticOptions = Common &
  (Omit<SyntheticOutput, 'name' | 'dims'> & { outputDims: readonly number[]; outputs?: never })
export type SyntheticHead = Common & { outputs: readonly SyntheticOutput[] }

export function syntheticModel(options: SyntheticOptions | SyntheticHead): Model {
  const { opset, widthPx, heightPx, batch = 'batch', inputName = 'images', half = false } = options
  const graph: Graph = { name: 'synthetic', node: [], initializer: [], input: [], output: [] }
  const editor = new GraphEditor(graph, opset, 'synthetic')
  const images = half ? editor.node('Cast', [inputName], { to: elementType.float }) : inputName
  const brightness = editor.slice(editor.node('GlobalAveragePool', [images]), 1, 0, 1)
  const outputs = options.outputs ?? [{ ...options, name: 'output', dims: options.outputDims }]
  for (const output of outputs) addOutput(editor, brightness, output, half)
  const type = half ? elementType.float16 : elementType.float
  graph.node = editor.nodes
  graph.input = [
    valueInfo(inputName, type, options.inputDims ?? [batch, 3, heightPx, widthPx]),
    ...Object.entries(options.extraInputs ?? {}).map(([name, count]) =>
      valueInfo(name, elementType.int64, [batch, count]),
    ),
  ]
  graph.output = outputs.map(({ name, dims, elemType = type, declaredDims, squeezed }) =>
    valueInfo(name, elemType, declaredDims ?? [...(squeezed ? [] : [batch]), ...dims]),
  )
  // The names that Ringside adds itself must be free in a source model.
  for (const item of [...graph.node, ...graph.initializer!]) rename(item)
  const metadataProps = Object.entries(options.metadata ?? {}).map(([key, value]) => ({ key, value }))
  return ModelProto.create({
    irVersion: 6,
    opsetImport: [{ domain: '', version: opset }],
    graph,
    metadataProps,
  })
}

/** A convolution of one pixel is a multiplication: its weights are the table, its bias the offset. */
function addOutput(editor: GraphEditor, brightness: string, output: SyntheticOutput, half: boolean): void {
  const { name, dims, table, offset, endsIn = 'Mul', times, elemType, squeezed } = output
  const weights = editor.floats(table, [table.length, 1, 1, 1])
  const bias = editor.floats(offset ?? new Float32Array(table.length), [table.length])
  const kernel = { kernel_shape: [1, 1] }
  const flat = editor.node('Conv', [brightness, weights, bias], kernel)
  const shape = squeezed ? dims : [0, ...dims]
  const raw = editor.reshape(flat, shape)
  const ended = endedIn(editor, raw, endsIn)
  const values = times ? inPixels(editor, ended, times, squeezed) : ended
  const to = elemType ?? (half ? elementType.float16 : elementType.float)
  editor.append('Cast', [values], [name], { to })
}

/** Exp undoes a Log: values of above 0 stay what they are. */
function endedIn(editor: GraphEditor, raw: string, endsIn: SyntheticOutput['endsIn']): string {
  if (endsIn === 'Conv') return raw
  if (endsIn === 'Sigmoid') return editor.node('Sigmoid', [raw])
  if (endsIn === 'Exp') return editor.node('Exp', [editor.node('Log', [raw])])
  return editor.node('Mul', [raw, editor.floats([1], [1])])
}

function inPixels(editor: GraphEditor, boxes: string, sizes: string, squeezed = false): string {
  const both = editor.node('Concat', [sizes, sizes], { axis: 1 })
  const factors = editor.reshape(both, squeezed ? [1, 4] : [-1, 1, 4])
  return editor.node('Mul', [boxes, editor.node('Cast', [factors], { to: elementType.float })])
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
