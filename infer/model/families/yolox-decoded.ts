/**
 * YOLOX exported with `--decode_in_inference`: boxes in input pixels.
 *
 * Input:  as YOLOX: [N, 3, H, W], BGR, 0 … 255; the picture at the top left, the rest 114.
 * Output: [N, anchors, 5 + classes]: centre x, centre y, width, height in input pixels; objectness and class scores, sigmoid done.
 *         Its shape is that of raw YOLOX, and of YOLOv6: its Exp (of width and height) tells it from both.
 * Source: Megvii YOLOX, `tools/export_onnx.py`, `yolox/models/yolo_head.py` (`decode_outputs`), Apache-2.0.
 */
import type { ModelEvidence } from '../onnx/evidence.js'
import { classCountOf } from './classes.js'
import type { Family, Head } from './family.js'
import { anchorCount, stridesOf } from './grid.js'
import { headOf, isDecoded, tableOf } from './head.js'
import { decodedRows, OBJECT_VALUES } from './object-rows.js'
import { yolox } from './yolox.js'

export const yoloxDecoded: Family = {
  ...decodedRows,
  name: 'yolox_decoded',
  version: 1,
  letterbox: yolox.letterbox,
  pixels: yolox.pixels,
  nms: true,
  minScore: yolox.minScore,
  expects: 'one output [N, anchors, 5 + classes], decoded in the graph',
  recognise,
}

function recognise(evidence: ModelEvidence): Head | string {
  const table = tableOf(evidence)
  if (typeof table === 'string') return table
  const [cells, width] = table.axes
  const stridesPx = stridesOf(evidence, cells, evidence.stridesPx)
  if (!stridesPx) return `axis 1 of the output is ${cells}, not its ${anchorCount(evidence)} anchors`
  const isClaimed = evidence.claimed === 'yolox_decoded'
  if (cells === null && !isClaimed) return 'the output declares no number of anchors'
  if (!isDecoded(table) && !isClaimed) return 'no operator of the graph decodes the boxes'
  const classCount = classCountOf(evidence, width === null ? null : width - OBJECT_VALUES)
  if (typeof classCount === 'string') return classCount
  return headOf(evidence, [table], { classCount, stridesPx, rows: anchorCount(evidence, stridesPx) })
}
