/**
 * YOLOX as its own exporter writes it (decoding not in the graph).
 *
 * Input:  [N, 3, H, W], BGR, 0 … 255; the picture at the top left, the rest 114.
 * Output: [N, anchors, 5 + classes]: x, y as offsets from the cell in strides; log width and height in strides;
 *         objectness and class scores, sigmoid done. Anchors: strides 8, 16, 32, each grid row by row.
 * Source: Megvii YOLOX, `yolox/models/yolo_head.py` (`decode_outputs`), `demo/ONNXRuntime`, Apache-2.0.
 */

import type { ModelEvidence } from '../onnx/evidence.js'
import type { GraphEditor } from '../onnx/graph-editor.js'
import type { Candidate, Family, Head } from './family.js'
import { anchorCount, commonStridesPx, gridCells } from './grid.js'

export const yolox: Family = {
  name: 'yolox',
  letterbox: { anchor: 'top_left', padValue: 114 },
  pixels: { channels: 'bgr', scale: 1, mean: [0, 0, 0], std: [1, 1, 1] },
  nms: true,
  minScore: 0.3,
  expects: 'one output [N, anchors, 5 + classes], not decoded (strides 8, 16, 32)',
  recognise,
  addScores,
  addBoxes,
  decode,
}

function recognise(evidence: ModelEvidence): Head | string {
  const dims = evidence.outputs[0]?.dims ?? []
  if (evidence.outputs.length !== 1 || dims.length !== 3) return 'it has not one output of rank 3'
  const [, anchors, width] = dims
  const expected = anchorCount(evidence.widthPx, evidence.heightPx)
  if (anchors && anchors !== expected)
    return `axis 1 of the output is ${anchors}, not its ${expected} anchors`
  if (!anchors && evidence.metadata.get('layout') !== 'yolox') {
    return 'the output declares no number of anchors, and no metadata `layout: yolox`'
  }
  if (evidence.opTypes.has('Exp')) return 'the boxes seem to be decoded in the graph (it has an Exp node)'
  const classCount = width ? width - 5 : evidence.classNames?.length
  if (!classCount || classCount < 1) return 'the number of classes is not declared'
  const { widthPx, heightPx, outputs } = evidence
  return { widthPx, heightPx, classCount, outputs, stridesPx: commonStridesPx, rows: expected }
}

function addScores(editor: GraphEditor, head: Head): string {
  const output = head.outputs[0]!.name
  const best = editor.maxAlong(editor.slice(output, 2, 5, 5 + head.classCount), 2)
  const objectness = editor.reshape(editor.slice(output, 2, 4, 5), [0, -1])
  return editor.node('Mul', [best, objectness])
}

function addBoxes(editor: GraphEditor, indices: string, head: Head) {
  const output = head.outputs[0]!.name
  const rowLength = 5 + head.classCount
  const repeats = editor.ints([1, 1, rowLength])
  const rowIndices = editor.node('Tile', [editor.reshape(indices, [0, -1, 1]), repeats])
  const rows = editor.node('GatherElements', [output, rowIndices], { axis: 1 })
  const cells = gridCells(head.widthPx, head.heightPx)
  const constants = cells.flatMap(({ x, y, stridePx }) => [x, y, stridePx])
  const cell = editor.node('Gather', [editor.floats(constants, [cells.length, 3]), indices], { axis: 0 })
  const stride = editor.slice(cell, 2, 2, 3)
  const position = editor.node('Add', [editor.slice(rows, 2, 0, 2), editor.slice(cell, 2, 0, 2)])
  const centre = editor.node('Mul', [position, stride])
  const size = editor.node('Mul', [editor.node('Exp', [editor.slice(rows, 2, 2, 4)]), stride])
  const half = editor.node('Mul', [size, editor.floats([0.5], [1])])
  const corners = editor.node(
    'Concat',
    [editor.node('Sub', [centre, half]), editor.node('Add', [centre, half])],
    { axis: 2 },
  )
  const classIds = editor.node('ArgMax', [editor.slice(rows, 2, 5, rowLength)], { axis: 2, keepdims: 1 })
  return { corners, classIds }
}

function decode([output]: readonly ArrayLike<number>[], head: Head): Candidate[] {
  const values = Float32Array.from(output!)
  const rowLength = 5 + head.classCount
  return gridCells(head.widthPx, head.heightPx).map(({ x, y, stridePx }, i) => {
    const row = values.subarray(i * rowLength, (i + 1) * rowLength)
    const classes = row.subarray(5)
    const best = Math.max(...classes)
    const [centreX, centreY] = [(row[0]! + x) * stridePx, (row[1]! + y) * stridePx]
    const [halfWidth, halfHeight] = [(Math.exp(row[2]!) * stridePx) / 2, (Math.exp(row[3]!) * stridePx) / 2]
    const corners = [centreX - halfWidth, centreY - halfHeight, centreX + halfWidth, centreY + halfHeight]
    return [...corners, best * row[4]!, classes.indexOf(best)] as Candidate
  })
}
