/** A small network as detectors have it: a first convolution of stride 2 (or Focus), SiLU, pointwise and depthwise convolutions, a residual, pooling, a concat, a doubling. Prepared up to its I420 input. */
import { GraphEditor, valueInfo } from '../../infer/model/onnx/graph-editor.js'
import { elementType, type Graph, type Model, ModelProto } from '../../infer/model/onnx/proto.js'
import { i420Input } from '../../infer/model/passes/i420-input.js'
import type { PassContext } from '../../infer/model/passes/pass.js'
import type { ModelSpec } from '../../infer/model/spec.js'

export interface NetworkOptions {
  opset?: number
  stem?: 'strided' | 'focus'
  sizePx?: number
}

/** Enough that its convolutions are worth int8. */
const CHANNELS = 40

/** Its one output is `candidates`: [1, 4, size/2, size/2], whatever that is called elsewhere. */
export function smallNetwork({ opset = 13, stem = 'strided', sizePx = 32 }: NetworkOptions = {}) {
  const graph: Graph = { name: 'small', node: [], initializer: [], input: [], output: [] }
  const editor = new GraphEditor(graph, opset, 'network')
  const weights = randomWeights()
  const first = stem === 'strided' ? strided(editor, weights) : focus(editor, weights)
  const mixed = silu(editor, conv(editor, silu(editor, first), weights, [CHANNELS, CHANNELS, 1, 1]))
  const reduced = silu(editor, conv(editor, mixed, weights, [CHANNELS, 1, 3, 3], 2, CHANNELS))
  const pointwise = silu(editor, conv(editor, reduced, weights, [CHANNELS, CHANNELS, 1, 1]))
  const sum = editor.node('Add', [pointwise, reduced])
  const pooled = editor.node('MaxPool', [sum], { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [1, 1] })
  const scales = editor.floats([1, 1, 2, 2], [4])
  const doubled = editor.node('Resize', [pooled, editor.floats([], [0]), scales], {
    mode: 'nearest',
    coordinate_transformation_mode: 'asymmetric',
    nearest_mode: 'floor',
  })
  const joined = editor.node('Concat', [mixed, doubled], { axis: 1 })
  const last = conv(editor, joined, weights, [4, 2 * CHANNELS, 1, 1])
  editor.append('Sigmoid', [last], ['candidates'])
  graph.node = editor.nodes
  graph.input = [valueInfo('images', elementType.float, [1, 3, sizePx, sizePx])]
  graph.output = [valueInfo('candidates', elementType.float, [1, 4, sizePx / 2, sizePx / 2])]
  // Names of Ringside's own are for what the passes make.
  for (const item of [...graph.node, ...graph.initializer!]) rename(item)
  const model = ModelProto.create({ irVersion: 8, opsetImport: [{ domain: '', version: opset }], graph })
  const context = contextOf(opset, sizePx)
  i420Input.apply(model, context)
  return { model, context }
}

export function bytesOf(model: Model): Uint8Array {
  return ModelProto.encode(model).finish()
}

export function copyOf(model: Model): Model {
  return ModelProto.decode(bytesOf(model))
}

/** Only what passes look at, of a detector that takes 0 … 1 in RGB. */
function contextOf(opset: number, sizePx: number): PassContext {
  const pixels = { channels: 'rgb', scale: 1 / 255, mean: [0, 0, 0], std: [1, 1, 1] }
  const size = { widthPx: sizePx, heightPx: sizePx }
  const spec = { inputName: 'images', ...size, batch: 1, opset, pixels } as unknown as ModelSpec
  return { file: 'small.onnx', spec, options: { precision: 'int8', device: 'cpu', maxCandidates: 300 } }
}

type Weights = (count: number) => number[]

function strided(editor: GraphEditor, weights: Weights): string {
  return conv(editor, 'images', weights, [CHANNELS, 3, 3, 3], 2)
}

function focus(editor: GraphEditor, weights: Weights): string {
  const every = (input: string, axis: number, start: number) =>
    editor.node('Slice', [
      input,
      ...[[start], [2 ** 31 - 1], [axis], [2]].map(values => editor.ints(values as number[])),
    ])
  const parts = [
    [0, 0],
    [1, 0],
    [0, 1],
    [1, 1],
  ].map(([row, column]) => every(every('images', 2, row!), 3, column!))
  return conv(editor, editor.node('Concat', parts, { axis: 1 }), weights, [CHANNELS, 12, 3, 3])
}

function conv(
  editor: GraphEditor,
  input: string,
  weights: Weights,
  dims: [number, number, number, number],
  stride = 1,
  group = 1,
): string {
  const pad = (dims[2] - 1) / 2
  const count = dims.reduce((a, b) => a * b, 1)
  const scale = 4 / Math.sqrt(count / dims[0])
  const constants = [
    editor.floats(
      weights(count).map(value => value * scale),
      dims,
    ),
    editor.floats(weights(dims[0]), [dims[0]]),
  ]
  const attributes = {
    kernel_shape: dims.slice(2),
    pads: [pad, pad, pad, pad],
    strides: [stride, stride],
    group,
  }
  return editor.node('Conv', [input, ...constants], attributes)
}

function silu(editor: GraphEditor, input: string): string {
  return editor.node('Mul', [input, editor.node('Sigmoid', [input])])
}

/** −0.5 … 0.5, the same in each run. */
function randomWeights(): Weights {
  let state = 7
  return count =>
    Array.from({ length: count }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      return state / 2 ** 32 - 0.5
    })
}

function rename(item: { name?: string | null; input?: string[] | null; output?: string[] | null }): void {
  const own = (name: string) => name.replace(/^ringside\/network\//, 'own/')
  if (item.name) item.name = own(item.name)
  if (item.input) item.input = item.input.map(own)
  if (item.output) item.output = item.output.map(own)
}
