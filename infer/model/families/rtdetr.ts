/**
 * RT-DETR, D-FINE and DEIM as their own exporters write them: the objects are chosen in the graph.
 *
 * Inputs:  images [N, 3, H, W], RGB, 0 … 1, the picture stretched to the input; orig_target_sizes int64 [N, 2]: width and height
 *          that boxes are given in. The prepared graph says the size of its own input there.
 *          DEIMv2 on a DINOv3 backbone (S and larger) wants `mean: [0.485, 0.456, 0.406]`, `std: [0.229, 0.224, 0.225]` besides.
 * Outputs: labels int64 [N, K], boxes [N, K, 4] (corners, in the pixels of orig_target_sizes), scores [N, K]; K = 300. Some DEIMv2
 *          exports squeeze the batch away: one image a run then. Labels count from 0.
 * Source:  lyuwenyu/RT-DETR, `rtdetr_pytorch/tools/export_onnx.py`, `rtdetr_postprocessor.py`; Peterande/D-FINE, `tools/export_onnx.py`,
 *          `tools/inference/onnx_inf.py`; Intellindust-AI-Lab/DEIMv2, `tools/inference/onnx_inf.py`, all Apache-2.0.
 */

import type { ModelEvidence, OutputEvidence } from '../onnx/evidence.js'
import type { GraphEditor } from '../onnx/graph-editor.js'
import { classCountOf } from './classes.js'
import type { Candidate, Family, Head } from './family.js'
import { headOf } from './head.js'
import { type Box, candidate, rowsOf } from './plain.js'
import { floatsOf, gatherRows } from './rows.js'

const BOX_VALUES = 4
const SIZES_INPUT = 'orig_target_sizes'

export const rtdetr: Family = {
  name: 'rtdetr',
  version: 1,
  letterbox: { anchor: 'stretch', padValue: 0 },
  pixels: { channels: 'rgb', scale: 1 / 255, mean: [0, 0, 0], std: [1, 1, 1] },
  nms: false,
  minScore: 0.5,
  expects: `an input ${SIZES_INPUT}, and outputs labels, boxes and scores`,
  recognise,
  addScores,
  addBoxes,
  decode,
}

function recognise(evidence: ModelEvidence): Head | string {
  const found = ['labels', 'boxes', 'scores'].map(name =>
    evidence.outputs.find(output => output.name === name),
  )
  if (found.includes(undefined)) return 'it has no outputs labels, boxes and scores'
  const outputs = found as [OutputEvidence, OutputEvidence, OutputEvidence]
  const sizes = evidence.extraInputs.find(({ name }) => name === SIZES_INPUT)
  if (!sizes) return `it has no input ${SIZES_INPUT}, so the unit of its boxes is unknown`
  const ranks = outputs.map(({ dims }) => dims.length).join()
  if (ranks !== '2,3,2' && ranks !== '1,2,1') return 'its labels, boxes and scores are not of rank 2, 3 and 2'
  const rows = outputs.map(({ dims }) => dims[ranks === '1,2,1' ? 0 : 1]).find(dim => dim !== null)
  const objects = rows ?? evidence.selection.rows
  if (objects === null) return 'its outputs declare no number of objects, and no TopK shows it'
  const classCount = classCountOf(evidence, null)
  if (typeof classCount === 'string') return classCount
  const values = [evidence.widthPx, evidence.heightPx]
  return headOf(evidence, outputs, {
    classCount,
    rows: objects,
    fixedInputs: [{ name: SIZES_INPUT, values, elemType: sizes.elemType }],
    ...(ranks === '1,2,1' ? { batch: 1 } : {}),
  })
}

function addScores(editor: GraphEditor, { outputs, batch }: Head): string {
  const scores = floatsOf(editor, outputs[2]!)
  return batch === 1 ? editor.reshape(scores, [1, -1]) : scores
}

function addBoxes(editor: GraphEditor, indices: string, { outputs, batch }: Head) {
  const boxes = floatsOf(editor, outputs[1]!)
  const table = batch === 1 ? editor.reshape(boxes, [1, -1, BOX_VALUES]) : boxes
  const labels = editor.reshape(outputs[0]!.name, batch === 1 ? [1, -1, 1] : [0, -1, 1])
  return {
    corners: gatherRows(editor, table, indices, BOX_VALUES),
    classIds: gatherRows(editor, labels, indices, 1),
  }
}

function decode([labels, boxes, scores]: readonly ArrayLike<number>[]): Candidate[] {
  return rowsOf(boxes!, BOX_VALUES).map((corners, i) =>
    candidate([...corners] as unknown as Box, scores![i]!, labels![i]!),
  )
}
