/**
 * YOLOv5 and YOLOv7 detectors, decoded in the graph, no NMS (YOLOv7: `export.py --grid`); YOLOv6 has the same rows, one an anchor.
 *
 * Input:  [N, 3, H, W], RGB, 0 … 1; the picture in the middle, the rest 114.
 * Output: [N, 3 · cells, 5 + classes] (25200 rows at 640×640; YOLOv6: [N, cells, 5 + classes]): centre x, centre y, width, height
 *         in input pixels; objectness and class scores, sigmoid done. Older exporters add the raw grids as outputs of rank 5.
 * Source: ultralytics/yolov5, `models/yolo.py` (`Detect.forward`), `export.py`; WongKinYiu/yolov7, `export.py`.
 */
import type { ModelEvidence } from '../onnx/evidence.js'
import { classCountOf } from './classes.js'
import type { Family, Head } from './family.js'
import { anchorCount, stridesOf } from './grid.js'
import { headOf, isDecoded, isDetectTask, tableOf } from './head.js'
import { decodedRows, OBJECT_VALUES } from './object-rows.js'

const ANCHORS_A_CELL = 3

export const yolov5: Family = {
  ...decodedRows,
  name: 'yolov5',
  version: 1,
  letterbox: { anchor: 'center', padValue: 114 },
  pixels: { channels: 'rgb', scale: 1 / 255, mean: [0, 0, 0], std: [1, 1, 1] },
  nms: true,
  minScore: 0.25,
  expects: 'one output [N, 3 · cells, 5 + classes] in pixels (YOLOv6: [N, cells, 5 + classes])',
  recognise,
}

function recognise(evidence: ModelEvidence): Head | string {
  const table = tableOf(evidence)
  if (typeof table === 'string') return table
  const otherTask = isDetectTask(evidence)
  if (otherTask) return otherTask
  const [rows, width] = table.axes
  const grids = gridsOf(evidence, rows)
  if (!grids) return `axis 1 of the output is ${rows}, not 3 for each of its ${anchorCount(evidence)} cells`
  const isClaimed = evidence.claimed === 'yolov5'
  if (rows === null && !isClaimed) return 'the output declares no number of rows'
  if (!isDecoded(table) && !isClaimed) return 'the boxes are not decoded in the graph'
  if (grids.anchorsACell === 1 && evidence.opTypes.has('Exp') && !isClaimed) {
    return 'its only layout of one row a cell is YOLOv6’s, whose decoding has no Exp'
  }
  const classCount = classCountOf(evidence, width === null ? null : width - OBJECT_VALUES)
  if (typeof classCount === 'string') return classCount
  const { stridesPx, anchorsACell } = grids
  return headOf(evidence, [table], {
    classCount,
    stridesPx,
    rows: anchorsACell * anchorCount(evidence, stridesPx),
  })
}

function gridsOf(evidence: ModelEvidence, rows: number | null) {
  for (const anchorsACell of [ANCHORS_A_CELL, 1]) {
    const cells = rows === null ? null : rows / anchorsACell
    const stridesPx = stridesOf(evidence, cells, evidence.stridesPx)
    if (stridesPx) return { stridesPx, anchorsACell }
  }
  return null
}
