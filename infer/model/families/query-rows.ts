/** What exports of DETR-like detectors with one row a query share: boxes as shares of the input's width and height, stretched RGB pictures. */
import type { GraphEditor } from '../onnx/graph-editor.js'
import type { Family, Head } from './family.js'
import { type Box, cornersOfCentre } from './plain.js'
import { cornersOfRows } from './rows.js'

/** Of RT-DETR and its relatives; DETR itself has 100 and another input. */
export const QUERIES = 300
export const BOX_VALUES = 4

export const queryInput: Pick<Family, 'letterbox' | 'pixels' | 'nms' | 'minScore'> = {
  letterbox: { anchor: 'stretch', padValue: 0 },
  pixels: { channels: 'rgb', scale: 1 / 255, mean: [0, 0, 0], std: [1, 1, 1] },
  nms: false,
  minScore: 0.5,
}

/** `rows` [N, K, 4 …]: centre and size, 0 … 1. */
export function addCornersPx(editor: GraphEditor, rows: string, { widthPx, heightPx }: Head): string {
  const size = editor.floats([widthPx, heightPx, widthPx, heightPx], [BOX_VALUES])
  return editor.node('Mul', [cornersOfRows(editor, rows), size])
}

export function cornersPx(row: Float32Array, { widthPx, heightPx }: Head): Box {
  const [x1, y1, x2, y2] = cornersOfCentre(row)
  return [x1 * widthPx, y1 * heightPx, x2 * widthPx, y2 * heightPx]
}
