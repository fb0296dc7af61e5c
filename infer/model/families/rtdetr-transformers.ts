/**
 * RT-DETR, RT-DETRv2 and D-FINE as Hugging Face Transformers (Optimum) exports them.
 *
 * Input:   pixel_values [N, 3, H, W], RGB, 0 … 1, not normalised; the picture stretched to the input (640×640).
 * Outputs: logits [N, 300, classes], before the sigmoid; pred_boxes [N, 300, 4]: centre x, centre y, width, height as shares of the
 *          input's sides. One object a query: its best class. DETR itself (softmax, 100 queries, `pixel_mask`) is another family.
 * Source:  huggingface/transformers, `models/rt_detr/image_processing_rt_detr.py` (`post_process_object_detection`,
 *          `use_focal_loss`), `preprocessor_config.json` of PekingU/rtdetr_r50vd, Apache-2.0.
 */

import type { ModelEvidence } from '../onnx/evidence.js'
import type { GraphEditor } from '../onnx/graph-editor.js'
import { classCountOf } from './classes.js'
import type { Candidate, Family, Head } from './family.js'
import { headOf } from './head.js'
import { bestOf, candidate, rowsOf, sigmoid } from './plain.js'
import { addCornersPx, BOX_VALUES, cornersPx, QUERIES, queryInput } from './query-rows.js'
import { bestColumn, floatsOf, gatherRows } from './rows.js'

export const rtdetrTransformers: Family = {
  ...queryInput,
  name: 'rtdetr_transformers',
  version: 1,
  expects: `outputs logits [N, ${QUERIES}, classes] and pred_boxes [N, ${QUERIES}, 4]`,
  recognise,
  addScores,
  addBoxes,
  decode,
}

function recognise(evidence: ModelEvidence): Head | string {
  const [logits, boxes] = ['logits', 'pred_boxes'].map(name =>
    evidence.outputs.find(output => output.name === name),
  )
  if (!logits || !boxes) return 'it has no outputs logits and pred_boxes'
  if (logits.dims.length !== 3 || boxes.dims.length !== 3) return 'its logits and boxes are not of rank 3'
  if (boxes.dims[2] !== BOX_VALUES && boxes.dims[2] !== null) return 'pred_boxes have not 4 values'
  const isClaimed = evidence.claimed === 'rtdetr_transformers'
  const queries = logits.dims[1] ?? boxes.dims[1] ?? (isClaimed ? QUERIES : null)
  if (queries === null) return 'its outputs declare no number of queries'
  if (queries !== QUERIES && !isClaimed) return `it has ${queries} queries, not ${QUERIES}`
  const classCount = classCountOf(evidence, logits.dims[2] ?? null)
  if (typeof classCount === 'string') return classCount
  return headOf(evidence, [logits, boxes], { classCount, rows: queries })
}

/** The sigmoid keeps the order, so it is taken of the best logit alone. */
function addScores(editor: GraphEditor, { outputs }: Head): string {
  return editor.node('Sigmoid', [editor.maxAlong(floatsOf(editor, outputs[0]!), 2)])
}

function addBoxes(editor: GraphEditor, indices: string, head: Head) {
  const { outputs, classCount } = head
  const logits = gatherRows(editor, floatsOf(editor, outputs[0]!), indices, classCount)
  const boxes = gatherRows(editor, floatsOf(editor, outputs[1]!), indices, BOX_VALUES)
  return { corners: addCornersPx(editor, boxes, head), classIds: bestColumn(editor, logits, 0, classCount) }
}

function decode([logits, boxes]: readonly ArrayLike<number>[], head: Head): Candidate[] {
  const rows = rowsOf(boxes!, BOX_VALUES)
  return rowsOf(logits!, head.classCount).map((row, i) => {
    const { score, classId } = bestOf(row)
    return candidate(cornersPx(rows[i]!, head), sigmoid(score), classId)
  })
}
