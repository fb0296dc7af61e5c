/** Pass: the float image input becomes a uint8 I420 frame, converted inside the graph to what the family was trained on. */
import { type Axis, BATCH_AXIS, GraphEditor, valueInfo } from '../onnx/graph-editor.js'
import { elementType, type Graph } from '../onnx/proto.js'
import type { ModelSpec } from '../spec.js'
import type { Pass, PrepareOptions } from './pass.js'

export const INPUT_NAME = 'i420'

/** What the network expects in its three channels: (value · scale − mean) / std, of a value 0 … 255. */
export interface PixelFormat {
  channels: 'rgb' | 'bgr'
  /** 1, or 1/255 where the network was trained on 0 … 1. */
  scale: number
  /** In the order of `channels`, after scaling. */
  mean: readonly [number, number, number]
  std: readonly [number, number, number]
}

/** BT.601, limited range, as decoders of cameras deliver it: rows R, G, B; columns Y − 16, U − 128, V − 128. */
export const rgbFromYuv = [
  [255 / 219, 0, 1.596027],
  [255 / 219, -0.391762, -0.812968],
  [255 / 219, 2.017232, 0],
] as const

export const yuvOffset = [16, 128, 128] as const

export const i420Input: Pass = {
  name: 'i420-input',
  version: 2,
  apply({ graph }, { spec, options }): void {
    if (graph!.input!.some(({ name }) => name === INPUT_NAME)) return // the stem reads it already
    const editor = new GraphEditor(graph!, spec.opset, 'input')
    giveI420Input(editor, graph!, spec, options.device)
    graph!.node!.unshift(...editor.nodes)
  },
}

/**
 *   i420 [N, H·3/2, W] ─┬─ rows of Y ─► Mul ───────────────────────────────────────► [N, 1, H, W] ─┐
 *                       └─ rows of U, V ─► [N, 2, H/2, W/2] ─► ConvTranspose 2×2 ──► [N, 3, H, W] ─┴► Add ► Clip
 *
 * The transposed convolution mixes and doubles the chroma in one step: half the time of enlarging U and V first.
 */
function giveI420Input(
  editor: GraphEditor,
  graph: Graph,
  spec: ModelSpec,
  device: PrepareOptions['device'],
): void {
  const { inputName: imageName, widthPx, heightPx, pixels: format } = spec
  const rows = (heightPx * 3) / 2
  const luma = floatPlanes(editor, [0, heightPx], [0, 1, heightPx, widthPx])
  const chroma = floatPlanes(editor, [heightPx, rows], [0, 2, heightPx / 2, widthPx / 2])
  const colour = colourOf(editor, luma, chroma, format, device)
  const limits = [editor.floats([0], []), editor.floats([255 * format.scale], [])]
  if (isPlain(format)) editor.append('Clip', [colour, ...limits], [imageName])
  else normalise(editor, editor.node('Clip', [colour, ...limits]), imageName, format)
  graph.input = [
    ...graph.input!.filter(input => input.name !== imageName),
    valueInfo(INPUT_NAME, elementType.uint8, [batchAxisOf(spec), rows, widthPx]),
  ]
}

/** The first axis of the input. */
export function batchAxisOf({ batch }: ModelSpec): Axis {
  return batch === 'dynamic' ? BATCH_AXIS : batch
}

/**
 * cuDNN fuses the bias of each convolution into it, and refuses a transposed one with a bias (cuDNN 9: DGRAD with a pointwise
 * addition of this shape has no engine). There the offsets are taken off the planes, which are smaller than the picture.
 */
function colourOf(
  editor: GraphEditor,
  luma: string,
  chroma: string,
  format: PixelFormat,
  device: PrepareOptions['device'],
): string {
  if (device === 'cpu')
    return editor.node('Add', [brightness(editor, luma, format), tint(editor, chroma, format, true)])
  const [lumaBlack, chromaBlack] = yuvOffset.map(black => editor.floats([black], [])) as [string, string]
  const bright = brightness(editor, editor.node('Sub', [luma, lumaBlack]), format)
  return editor.node('Add', [bright, tint(editor, editor.node('Sub', [chroma, chromaBlack]), format, false)])
}

function isPlain({ mean, std }: PixelFormat): boolean {
  return mean.every(value => value === 0) && std.every(value => value === 1)
}

function normalise(
  editor: GraphEditor,
  clipped: string,
  imageName: string,
  { mean, std }: PixelFormat,
): void {
  const factor = editor.floats(
    std.map(value => 1 / value),
    [1, 3, 1, 1],
  )
  const shift = editor.floats(
    mean.map((value, i) => -value / std[i]!),
    [1, 3, 1, 1],
  )
  editor.append('Add', [editor.node('Mul', [clipped, factor]), shift], [imageName])
}

function floatPlanes(editor: GraphEditor, [from, to]: [number, number], dims: number[]): string {
  const planes = editor.reshape(editor.slice(INPUT_NAME, 1, from, to), dims)
  return editor.node('Cast', [planes], { to: elementType.float })
}

/** Grey is the same in all three channels; one plane is scaled and spread over them by the addition, which a convolution to three planes took longer for. */
function brightness(editor: GraphEditor, luma: string, format: PixelFormat): string {
  return editor.node('Mul', [luma, editor.floats([rowsOf(format)[0]![0]!], [1])])
}

/** Each chroma sample covers 2×2 pixels. The offsets of all three planes are in the bias. */
function tint(editor: GraphEditor, chroma: string, format: PixelFormat, withOffsets: boolean): string {
  const rows = rowsOf(format)
  const weights = [1, 2].flatMap(plane => rows.flatMap(row => Array<number>(4).fill(row[plane]!)))
  const bias = rows.map(row => -row.reduce((sum, weight, plane) => sum + weight * yuvOffset[plane]!, 0))
  const constants = [editor.floats(weights, [2, 3, 2, 2]), ...(withOffsets ? [editor.floats(bias, [3])] : [])]
  return editor.node('ConvTranspose', [chroma, ...constants], { kernel_shape: [2, 2], strides: [2, 2] })
}

function rowsOf({ channels, scale }: PixelFormat): number[][] {
  const rows = channels === 'rgb' ? rgbFromYuv : [...rgbFromYuv].reverse()
  return rows.map(row => row.map(weight => weight * scale))
}
