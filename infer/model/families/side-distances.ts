/** Boxes as distances from a point to the four sides, each a distribution over whole strides (Generalized Focal Loss, arXiv 2006.04388). */
import type { GraphEditor } from '../onnx/graph-editor.js'
import type { Head } from './family.js'
import { gridCells } from './grid.js'
import type { Box } from './plain.js'
import { gatherConstants } from './rows.js'

export const SIDES = 4

/**
 * Corners [N, K, 4] in input pixels.
 * @param logits [N, K, 4 · bins] of the chosen rows: left, top, right, bottom.
 * @param offset where in its cell a row's point lies, in strides.
 */
export function addCorners(
  editor: GraphEditor,
  { logits, indices, bins }: { logits: string; indices: string; bins: number },
  head: Head,
  offset: number,
): string {
  const shares = editor.node('Softmax', [editor.reshape(logits, [0, 0, SIDES, bins])], { axis: 3 })
  const strides = editor.floats([...Array(bins).keys()], [bins, 1])
  const distances = editor.reshape(editor.node('MatMul', [shares, strides]), [0, 0, SIDES])
  const points = pointsOf(head, offset).map(({ x, y, stridePx }) => [x, y, stridePx])
  const point = gatherConstants(editor, points, indices)
  const distancesPx = editor.node('Mul', [distances, editor.slice(point, 2, 2, 3)])
  const centre = editor.slice(point, 2, 0, 2)
  const corners = [
    editor.node('Sub', [centre, editor.slice(distancesPx, 2, 0, 2)]),
    editor.node('Add', [centre, editor.slice(distancesPx, 2, 2, SIDES)]),
  ]
  return editor.node('Concat', corners, { axis: 2 })
}

/** The same in plain TypeScript, for one row. */
export function cornersOf(logits: Float32Array, { x, y, stridePx }: Point): Box {
  const bins = logits.length / SIDES
  const distancePx = (side: number) => meanOf(logits.subarray(side * bins, (side + 1) * bins)) * stridePx
  return [x - distancePx(0), y - distancePx(1), x + distancePx(2), y + distancePx(3)]
}

export interface Point {
  /** In input pixels. */
  x: number
  y: number
  stridePx: number
}

export function pointsOf(head: Head, offset: number): Point[] {
  return gridCells(head, head.stridesPx).map(({ x, y, stridePx }) => ({
    x: (x + offset) * stridePx,
    y: (y + offset) * stridePx,
    stridePx,
  }))
}

function meanOf(logits: Float32Array): number {
  const highest = Math.max(...logits)
  const weights = Array.from(logits, logit => Math.exp(logit - highest))
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return weights.reduce((total, weight, bin) => total + (weight / sum) * bin, 0)
}
