/**
 * End-to-end exports: YOLOv10, YOLO26 and others that choose their detections in the graph (also Ultralytics’ `nms=True`).
 *
 * Input:  [N, 3, H, W], RGB, 0 … 1; the picture in the middle, the rest 114.
 * Output: [N, K, 6], K 300 nearly always: x1, y1, x2, y2 in input pixels, score, class index; each object once.
 * Source: the documented output of `yolo export format=onnx` for these models; THU-MIG/yolov10, `ultralytics/nn/modules/head.py` (`v10Detect`).
 */

import type { ModelEvidence, OutputEvidence } from '../onnx/evidence.js'
import type { GraphEditor } from '../onnx/graph-editor.js'
import { classCountOf } from './classes.js'
import type { Candidate, Family, Head } from './family.js'
import { headOf, isDetectTask, saysEndToEnd, tableOf } from './head.js'
import { candidate, rowsOf } from './plain.js'
import { floatsOf, gatherRows } from './rows.js'

const VALUES = 6
const [SCORE, CLASS_ID] = [4, 5]

export const endToEnd: Family = {
  name: 'end_to_end',
  version: 1,
  letterbox: { anchor: 'center', padValue: 114 },
  pixels: { channels: 'rgb', scale: 1 / 255, mean: [0, 0, 0], std: [1, 1, 1] },
  nms: false,
  minScore: 0.25,
  expects: 'one output [N, objects, 6] of corners in pixels, score and class',
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
  const [objects, values] = table.axes
  if (values !== null && values !== VALUES) return `axis 2 of the output is ${values}, not 6`
  if (values === null && !isTold(evidence)) return 'the output declares no width of 6'
  if (!isTold(evidence) && isOnlySigmoid(table)) return 'each of its values is a sigmoid, so none is a pixel'
  const rows = objects ?? evidence.selection.rows
  if (rows === null) return 'the output declares no number of objects, and no TopK shows it'
  const classCount = classCountOf(evidence, null)
  if (typeof classCount === 'string') return classCount
  return headOf(evidence, [table], { classCount, rows })
}

function isTold(evidence: ModelEvidence): boolean {
  return evidence.claimed === 'end_to_end' || saysEndToEnd(evidence) === true
}

function isOnlySigmoid({ madeBy }: OutputEvidence): boolean {
  return madeBy.size === 1 && madeBy.has('Sigmoid')
}

function addScores(editor: GraphEditor, head: Head): string {
  const table = floatsOf(editor, head.outputs[0]!)
  return editor.reshape(editor.slice(table, 2, SCORE, CLASS_ID), [0, -1])
}

function addBoxes(editor: GraphEditor, indices: string, head: Head) {
  const rows = gatherRows(editor, floatsOf(editor, head.outputs[0]!), indices, VALUES)
  return { corners: editor.slice(rows, 2, 0, SCORE), classIds: editor.slice(rows, 2, CLASS_ID, VALUES) }
}

function decode([output]: readonly ArrayLike<number>[]): Candidate[] {
  return rowsOf(output!, VALUES).map(([x1, y1, x2, y2, score, classId]) =>
    candidate([x1!, y1!, x2!, y2!], score!, classId!),
  )
}
