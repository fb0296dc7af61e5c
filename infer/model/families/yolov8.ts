/**
 * YOLOv8, YOLOv9 and YOLO11 detectors as Ultralytics exports them (decoded boxes, no NMS in the graph).
 *
 * Input:  [N, 3, H, W], RGB, 0 … 1; the picture in the middle, the rest 114.
 * Output: [N, 4 + classes, anchors], channels first: centre x, centre y, width, height in input pixels, then class
 *         scores, sigmoid done; there is no objectness.
 * Source: the documented output of `yolo export format=onnx` for the task `detect`.
 */

import type { ModelEvidence } from '../onnx/evidence.js'
import type { GraphEditor } from '../onnx/graph-editor.js'
import { classCountOf } from './classes.js'
import type { Candidate, Family, Head } from './family.js'
import { anchorCount, stridesOf } from './grid.js'
import { headOf, isDecoded, isDetectTask, saysEndToEnd, tableOf } from './head.js'
import { bestOf, candidate, cornersOfCentre } from './plain.js'
import { bestColumn, cornersOfRows, floatsOf } from './rows.js'

const BOX_VALUES = 4

export const yolov8: Family = {
  name: 'yolov8',
  version: 1,
  letterbox: { anchor: 'center', padValue: 114 },
  pixels: { channels: 'rgb', scale: 1 / 255, mean: [0, 0, 0], std: [1, 1, 1] },
  nms: true,
  minScore: 0.25,
  expects: 'one output [N, 4 + classes, anchors], task detect, no NMS in the graph',
  recognise,
  addScores,
  addBoxes,
  decode,
}

function recognise(evidence: ModelEvidence): Head | string {
  const table = tableOf(evidence)
  if (typeof table === 'string') return table
  const otherTask = isDetectTask(evidence)
  if (otherTask) return otherTask
  if (saysEndToEnd(evidence)) return 'its metadata say that it is end to end'
  const [channels, anchors] = table.axes
  const stridesPx = stridesOf(evidence, anchors, evidence.stridesPx)
  if (!stridesPx) return `axis 2 of the output is ${anchors}, not its ${anchorCount(evidence)} anchors`
  if (!isDecoded(table) && evidence.claimed !== 'yolov8') return 'the boxes are not decoded in the graph'
  const isTold = evidence.claimed === 'yolov8' || evidence.metadata.get('task') === 'detect'
  if (anchors === null && !isTold)
    return 'the output declares no number of anchors, and no metadata `task: detect`'
  const classCount = classCountOf(evidence, channels === null ? null : channels - BOX_VALUES)
  if (typeof classCount === 'string') return classCount
  return headOf(evidence, [table], { classCount, stridesPx, rows: anchorCount(evidence, stridesPx) })
}

function addScores(editor: GraphEditor, head: Head): string {
  const table = floatsOf(editor, head.outputs[0]!)
  return editor.maxAlong(editor.slice(table, 1, BOX_VALUES, BOX_VALUES + head.classCount), 1)
}

function addBoxes(editor: GraphEditor, indices: string, head: Head) {
  const channels = BOX_VALUES + head.classCount
  const repeats = editor.ints([1, channels, 1])
  const columnIndices = editor.node('Tile', [editor.reshape(indices, [0, 1, -1]), repeats])
  const table = floatsOf(editor, head.outputs[0]!)
  const columns = editor.node('GatherElements', [table, columnIndices], { axis: 2 })
  const rows = editor.node('Transpose', [columns], { perm: [0, 2, 1] })
  return { corners: cornersOfRows(editor, rows), classIds: bestColumn(editor, rows, BOX_VALUES, channels) }
}

function decode([output]: readonly ArrayLike<number>[], head: Head): Candidate[] {
  const channels = BOX_VALUES + head.classCount
  return Array.from({ length: head.rows }, (_, i) => {
    const row = Float32Array.from({ length: channels }, (_, channel) => output![channel * head.rows + i]!)
    const { score, classId } = bestOf(row.subarray(BOX_VALUES))
    return candidate(cornersOfCentre(row), score, classId)
  })
}
