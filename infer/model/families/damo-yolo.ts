/**
 * DAMO-YOLO as its own converter writes it (decoded boxes, no NMS in the graph; not `--end2end`).
 *
 * Input:   [N, 3, H, W], RGB, 0 … 255 (mean 0, std 1); the picture stretched to the input. Models of before March 2023 kept the
 *          sides’ ratio, the picture at the top left, the rest 0: say `pad: {anchor: top_left, value: 0}` for them.
 * Outputs: scores [N, anchors, classes], sigmoid done, then boxes [N, anchors, 4]: corners in input pixels. Only the first has a
 *          name of its own (`output`), so the order tells them apart; YOLO-NAS, with boxes first, is another family.
 * Source:  tinyvision/DAMO-YOLO, `tools/converter.py`, `tools/demo.py`, `damo/base_models/heads/zero_head.py`,
 *          `damo/config/augmentations.py` (`test_transform`: keep_ratio False since commit 67c2fe1), Apache-2.0.
 */

import type { ModelEvidence } from '../onnx/evidence.js'
import type { GraphEditor } from '../onnx/graph-editor.js'
import { classCountOf } from './classes.js'
import type { Candidate, Family, Head } from './family.js'
import { anchorCount, stridesOf } from './grid.js'
import { headOf } from './head.js'
import { type Box, bestOf, candidate, rowsOf } from './plain.js'
import { bestColumn, floatsOf, gatherRows } from './rows.js'

const BOX_VALUES = 4

export const damoYolo: Family = {
  name: 'damo_yolo',
  version: 1,
  letterbox: { anchor: 'stretch', padValue: 0 },
  pixels: { channels: 'rgb', scale: 1, mean: [0, 0, 0], std: [1, 1, 1] },
  nms: true,
  minScore: 0.4,
  expects: 'outputs scores [N, anchors, classes] and boxes [N, anchors, 4], in this order',
  recognise,
  addScores,
  addBoxes,
  decode,
}

function recognise(evidence: ModelEvidence): Head | string {
  const { outputs } = evidence
  const [scores, boxes] = outputs
  if (outputs.length !== 2 || outputs.some(({ dims }) => dims.length !== 3))
    return 'it has not two outputs of rank 3'
  const isClaimed = evidence.claimed === 'damo_yolo'
  const width = boxes!.dims[2]
  if (width !== BOX_VALUES && !(width === null && isClaimed))
    return `axis 2 of its second output is ${width ?? 'open'}, not 4`
  const cells = scores!.dims[1] ?? boxes!.dims[1] ?? null
  const stridesPx = stridesOf(evidence, cells, evidence.stridesPx)
  if (!stridesPx) return `axis 1 of its outputs is ${cells}, not its ${anchorCount(evidence)} anchors`
  if (cells === null && !isClaimed) return 'its outputs declare no number of anchors'
  const classCount = classCountOf(evidence, scores!.dims[2] ?? null)
  if (typeof classCount === 'string') return classCount
  return headOf(evidence, outputs, { classCount, stridesPx, rows: anchorCount(evidence, stridesPx) })
}

function addScores(editor: GraphEditor, head: Head): string {
  return editor.maxAlong(floatsOf(editor, head.outputs[0]!), 2)
}

function addBoxes(editor: GraphEditor, indices: string, { outputs, classCount }: Head) {
  const [scores, boxes] = outputs.map(output => floatsOf(editor, output))
  const chosen = gatherRows(editor, scores!, indices, classCount)
  return {
    corners: gatherRows(editor, boxes!, indices, BOX_VALUES),
    classIds: bestColumn(editor, chosen, 0, classCount),
  }
}

function decode([scores, boxes]: readonly ArrayLike<number>[], { classCount }: Head): Candidate[] {
  const corners = rowsOf(boxes!, BOX_VALUES)
  return rowsOf(scores!, classCount).map((row, i) => {
    const { score, classId } = bestOf(row)
    return candidate([...corners[i]!] as unknown as Box, score, classId)
  })
}
