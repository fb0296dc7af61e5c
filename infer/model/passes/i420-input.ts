/** Pass: the float image input becomes a uint8 I420 frame, converted inside the graph to what the family was trained on. */
import { type Axis, type GraphEditor, valueInfo } from '../onnx/graph-editor.js'
import { elementType, type Graph } from '../onnx/proto.js'

export const INPUT_NAME = 'i420'

/** What the network expects in its three channels. */
export interface PixelFormat {
  channels: 'rgb' | 'bgr'
  /** Value of full white: 255, or 1 where the network was trained on /255. */
  white: 1 | 255
}

/** BT.601, limited range, as decoders of cameras deliver it: rows R, G, B; columns Y − 16, U − 128, V − 128. */
export const rgbFromYuv = [
  [255 / 219, 0, 1.596027],
  [255 / 219, -0.391762, -0.812968],
  [255 / 219, 2.017232, 0],
] as const

export const yuvOffset = [16, 128, 128] as const

/**
 *   i420 [N, H·3/2, W] ─┬─ rows of Y ───────────────────────────────────────► [N, 1, H, W] ─┐
 *                       └─ rows of U, V ─► [N, 2, H/2, W/2] ─► nearest, twice ► [N, 2, H, W] ─┴► 1×1 Conv ► Clip
 */
export function giveI420Input(
  editor: GraphEditor,
  graph: Graph,
  imageName: string,
  size: { widthPx: number; heightPx: number; batch: Axis },
  format: PixelFormat,
): void {
  const { widthPx, heightPx, batch } = size
  const rows = (heightPx * 3) / 2
  const luma = editor.reshape(editor.slice(INPUT_NAME, 1, 0, heightPx), [0, 1, heightPx, widthPx])
  const chromaRows = editor.slice(INPUT_NAME, 1, heightPx, rows)
  const chroma = editor.reshape(chromaRows, [0, 2, heightPx / 2, widthPx / 2])
  const yuv = editor.node('Concat', [luma, doubled(editor, chroma)], { axis: 1 })
  const pixels = editor.node('Cast', [yuv], { to: elementType.float })
  const { weights, bias } = conversion(format)
  const colour = editor.node('Conv', [pixels, editor.floats(weights, [3, 3, 1, 1]), editor.floats(bias, [3])])
  editor.append('Clip', [colour, editor.floats([0], []), editor.floats([format.white], [])], [imageName])
  graph.input = [
    ...graph.input!.filter(input => input.name !== imageName),
    valueInfo(INPUT_NAME, elementType.uint8, [batch, rows, widthPx]),
  ]
}

/** Each chroma sample covers 2×2 pixels. The empty `roi` is what opset 11 demands and later ones accept. */
function doubled(editor: GraphEditor, chroma: string): string {
  return editor.node('Resize', [chroma, editor.floats([], [0]), editor.floats([1, 1, 2, 2], [4])], {
    mode: 'nearest',
    coordinate_transformation_mode: 'asymmetric',
    nearest_mode: 'floor',
  })
}

function conversion(format: PixelFormat): { weights: number[]; bias: number[] } {
  const rows = format.channels === 'rgb' ? rgbFromYuv : [...rgbFromYuv].reverse()
  const scale = format.white / 255
  const weights = rows.flatMap(row => row.map(weight => weight * scale))
  const bias = rows.map(row => -scale * row.reduce((sum, weight, i) => sum + weight * yuvOffset[i]!, 0))
  return { weights, bias }
}
