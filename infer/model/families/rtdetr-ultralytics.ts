/**
 * RT-DETR as Ultralytics exports it.
 *
 * Input:  [N, 3, H, W], RGB, 0 … 1; the picture stretched to the input.
 * Output: [N, 300, 4 + classes]: centre x, centre y, width, height as shares of the input's sides; class scores. All are sigmoids.
 * Source: the documented output of `yolo export model=rtdetr-l.pt format=onnx`; ultralytics, `models/rtdetr/predict.py`.
 */

import type { ModelEvidence } from '../onnx/evidence.js'
import type { GraphEditor } from '../onnx/graph-editor.js'
import { classCountOf } from './classes.js'
import type { Candidate, Family, Head } from './family.js'
import { headOf, isDetectTask, saysEndToEnd, tableOf } from './head.js'
import { bestOf, candidate, rowsOf } from './plain.js'
import { addCornersPx, BOX_VALUES, cornersPx, QUERIES, queryInput } from './query-rows.js'
import { bestColumn, floatsOf, gatherRows } from './rows.js'

export const rtdetrUltralytics: Family = {
  ...queryInput,
  name: 'rtdetr_ultralytics',
  version: 1,
  expects: `one output [N, ${QUERIES}, 4 + classes] of shares of the input's sides`,
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
  const [queries, width] = table.axes
  const isClaimed = evidence.claimed === 'rtdetr_ultralytics'
  if (queries !== QUERIES && !isClaimed) return `axis 1 of the output is ${queries ?? 'open'}, not ${QUERIES}`
  if (queries === null) return 'the output declares no number of queries'
  const isShares = table.madeBy.size === 1 && table.madeBy.has('Sigmoid')
  if (!isShares && !isClaimed)
    return 'its values are no plain sigmoids, so its boxes are no shares of the sides'
  const classCount = classCountOf(evidence, width === null ? null : width - BOX_VALUES)
  if (typeof classCount === 'string') return classCount
  return headOf(evidence, [table], { classCount, rows: queries })
}

function addScores(editor: GraphEditor, { outputs, classCount }: Head): string {
  const table = floatsOf(editor, outputs[0]!)
  return editor.maxAlong(editor.slice(table, 2, BOX_VALUES, BOX_VALUES + classCount), 2)
}

function addBoxes(editor: GraphEditor, indices: string, head: Head) {
  const width = BOX_VALUES + head.classCount
  const rows = gatherRows(editor, floatsOf(editor, head.outputs[0]!), indices, width)
  return { corners: addCornersPx(editor, rows, head), classIds: bestColumn(editor, rows, BOX_VALUES, width) }
}

function decode([output]: readonly ArrayLike<number>[], head: Head): Candidate[] {
  return rowsOf(output!, BOX_VALUES + head.classCount).map(row => {
    const { score, classId } = bestOf(row.subarray(BOX_VALUES))
    return candidate(cornersPx(row, head), score, classId)
  })
}
