/**
 * YOLOX as its own exporter writes it (decoding not in the graph).
 *
 * Input:  [N, 3, H, W], BGR, 0 … 255; the picture at the top left, the rest 114.
 * Output: [N, anchors, 5 + classes]: x, y as offsets from the cell in strides; log width and height in strides;
 *         objectness and class scores, sigmoid done. Anchors: strides 8, 16, 32, each grid row by row.
 * Source: Megvii YOLOX, `tools/export_onnx.py`, `yolox/models/yolo_head.py` (`decode_outputs`), `demo/ONNXRuntime`, Apache-2.0.
 */

import type { ModelEvidence } from '../onnx/evidence.js'
import type { GraphEditor } from '../onnx/graph-editor.js'
import { classCountOf } from './classes.js'
import type { Candidate, Family, Head } from './family.js'
import { anchorCount, commonStridesPx, gridCells, stridesOf } from './grid.js'
import { headOf, isDecoded, tableOf } from './head.js'
import { addObjectScores, OBJECT_VALUES } from './object-rows.js'
import { bestOf, candidate, cornersOfCentre, rowsOf } from './plain.js'
import { bestColumn, cornersAround, floatsOf, gatherConstants, gatherRows } from './rows.js'

export const yolox: Family = {
  name: 'yolox',
  version: 1,
  letterbox: { anchor: 'top_left', padValue: 114 },
  pixels: { channels: 'bgr', scale: 1, mean: [0, 0, 0], std: [1, 1, 1] },
  nms: true,
  minScore: 0.3,
  expects: 'one output [N, anchors, 5 + classes], not decoded in the graph',
  recognise,
  addScores: addObjectScores,
  addBoxes,
  decode,
}

function recognise(evidence: ModelEvidence): Head | string {
  const table = tableOf(evidence)
  if (typeof table === 'string') return table
  const [cells, width] = table.axes
  // Raw boxes are placed by their cells: other strides of the same count would put them elsewhere.
  const stridesPx = stridesOf(evidence, cells, evidence.stridesPx ?? commonStridesPx)
  if (!stridesPx) return `axis 1 of the output is ${cells}, not its ${anchorCount(evidence)} anchors`
  const isClaimed = evidence.claimed === 'yolox'
  if (cells === null && !isClaimed) return 'the output declares no number of anchors'
  if (isDecoded(table) && !isClaimed) return 'the boxes are decoded in the graph'
  const classCount = classCountOf(evidence, width === null ? null : width - OBJECT_VALUES)
  if (typeof classCount === 'string') return classCount
  return headOf(evidence, [table], { classCount, stridesPx, rows: anchorCount(evidence, stridesPx) })
}

function addBoxes(editor: GraphEditor, indices: string, head: Head) {
  const width = OBJECT_VALUES + head.classCount
  const rows = gatherRows(editor, floatsOf(editor, head.outputs[0]!), indices, width)
  const cells = gridCells(head, head.stridesPx).map(({ x, y, stridePx }) => [x, y, stridePx])
  const cell = gatherConstants(editor, cells, indices)
  const stride = editor.slice(cell, 2, 2, 3)
  const position = editor.node('Add', [editor.slice(rows, 2, 0, 2), editor.slice(cell, 2, 0, 2)])
  const centre = editor.node('Mul', [position, stride])
  const size = editor.node('Mul', [editor.node('Exp', [editor.slice(rows, 2, 2, 4)]), stride])
  const corners = cornersAround(editor, centre, size)
  return { corners, classIds: bestColumn(editor, rows, OBJECT_VALUES, width) }
}

function decode([output]: readonly ArrayLike<number>[], head: Head): Candidate[] {
  const rows = rowsOf(output!, OBJECT_VALUES + head.classCount)
  return gridCells(head, head.stridesPx).map(({ x, y, stridePx }, i) => {
    const row = rows[i]!
    const { score, classId } = bestOf(row.subarray(OBJECT_VALUES))
    const centre = [(row[0]! + x) * stridePx, (row[1]! + y) * stridePx]
    const size = [Math.exp(row[2]!) * stridePx, Math.exp(row[3]!) * stridePx]
    return candidate(cornersOfCentre([...centre, ...size]), score * row[4]!, classId)
  })
}
