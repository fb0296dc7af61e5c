/** Pass: on a GPU the first convolution reads the samples of the I420 frame as they are, so that no picture is made for it. */
import { GraphEditor, valueInfo } from '../onnx/graph-editor.js'
import { elementType, type Graph } from '../onnx/proto.js'
import { GraphIndex } from '../quantize/graph-index.js'
import { BLACK, stemOf } from '../quantize/stem.js'
import { packKernel } from '../quantize/stem-kernels.js'
import type { ModelSpec } from '../spec.js'
import { batchAxisOf, INPUT_NAME, rgbFromYuv } from './i420-input.js'
import type { Pass } from './pass.js'

/** Names of the nodes that it makes begin so, behind `ringside/`. */
export const STEM = 'stem'

/** Values a place: eight halves, or twice eight, are what tensor cores take at once. */
const SAMPLES = 8
const COLOURS = 16

export const packedStem: Pass = {
  name: 'packed-stem',
  version: 1,
  apply({ graph }, { spec, options }): void {
    // A mean other than zero makes the padding of the convolution another colour than black.
    const plain = spec.pixels.mean.every(value => value === 0) && spec.inputType === elementType.float
    if (options.device === 'gpu' && plain) packStem(graph!, spec)
  },
}

/**
 *   Y ───► [N, H/2, W/2, 4] ─┐
 *                            ├► less black ► Conv 1×1: four pixels of three colours ► Clip ► Conv, stride 1
 *   U, V ► [N, H/2, W/2, 1] ─┘  (each twice)
 *
 * Four pixels that share a sample of chroma lie behind one another as channels: the first convolution of the network, of
 * stride 2, is one of half the size and stride 1 over them. Nothing is lost. A picture of three planes took a fifth of a batch of
 * YOLOv8n on an H200, and convolutions of three channels use tensor cores badly (docs/decisions/0009-cuda-engine.md).
 * Samples lie as a GPU wants them (channels last); the transposition in front of the convolution then costs nothing.
 */
function packStem(graph: Graph, spec: ModelSpec): void {
  const index = new GraphIndex(graph)
  const stem = stemOf(index, spec.inputName)
  const kernel = stem && packKernel(index, stem, spec, COLOURS)
  if (!kernel) return
  const editor = new GraphEditor(graph, spec.opset, STEM)
  const colours = coloursOf(editor, samplesOf(editor, spec), spec)
  const constants = [editor.floats(kernel.weights, kernel.dims), editor.floats(kernel.bias, [kernel.dims[0]])]
  const attributes = { kernel_shape: kernel.dims.slice(2), pads: kernel.pads }
  editor.append('Conv', [colours, ...constants], stem.node.output!, attributes)
  graph.node = graph.node!.flatMap(node => (node === stem.node ? editor.nodes : [node]))
  graph.input = [
    ...graph.input!.filter(({ name }) => name !== spec.inputName),
    valueInfo(INPUT_NAME, elementType.uint8, [batchAxisOf(spec), (spec.heightPx * 3) / 2, spec.widthPx]),
  ]
}

/** [N, 16, H/2, W/2]: the colours of four pixels, clipped; the last four are 0. */
function coloursOf(editor: GraphEditor, samples: string, { pixels }: ModelSpec): string {
  const rows = pixels.channels === 'rgb' ? rgbFromYuv : [...rgbFromYuv].reverse()
  const weights = new Float32Array(COLOURS * SAMPLES)
  for (let pixel = 0; pixel < 4; pixel++) {
    for (const [colour, [y, u, v]] of rows.entries()) {
      const at = (3 * pixel + colour) * SAMPLES
      weights[at + pixel] = y * pixels.scale
      weights[at + 4] = u * pixels.scale
      weights[at + 5] = v * pixels.scale
    }
  }
  const mixed = editor.node('Conv', [samples, editor.floats(weights, [COLOURS, SAMPLES, 1, 1])], {
    kernel_shape: [1, 1],
  })
  return editor.node('Clip', [mixed, editor.floats([0], []), editor.floats([255 * pixels.scale], [])])
}

/**
 * [N, 8, H/2, W/2] floats: Y of even rows and columns, of odd columns, of odd rows, of both; U, V; U, V; black is 0.
 * U and V come as planes of one channel, not as two of a transposition: ONNX Runtime would put that behind everything else.
 */
function samplesOf(editor: GraphEditor, { widthPx, heightPx }: ModelSpec): string {
  const [rows, columns, pixels] = [heightPx / 2, widthPx / 2, widthPx * heightPx]
  const flat = editor.reshape(INPUT_NAME, [0, -1])
  const part = (from: number, to: number, dims: number[]): string =>
    editor.reshape(editor.slice(flat, 1, from, to), dims)
  const pairs = part(0, pixels, [0, rows, 2, columns, 2])
  const fours = editor.reshape(editor.node('Transpose', [pairs], { perm: [0, 1, 3, 2, 4] }), [
    0,
    rows,
    columns,
    4,
  ])
  const [u, v] = [4, 5].map(quarter =>
    part((quarter * pixels) / 4, ((quarter + 1) * pixels) / 4, [0, rows, columns, 1]),
  ) as [string, string]
  const bytes = editor.node('Concat', [fours, u, v, u, v], { axis: 3 })
  const { luma: y, chroma: c } = BLACK
  const black = editor.floats([y, y, y, y, c, c, c, c], [8])
  const floats = editor.node('Sub', [editor.node('Cast', [bytes], { to: elementType.float }), black])
  return editor.node('Transpose', [floats], { perm: [0, 3, 1, 2] })
}
