/**
 * NanoDet of version 1 (nanodet-m), exported with two outputs a stride, or with one (`export_onnx.py` of version 1).
 *
 * Input:   as NanoDet-Plus: [N, 3, H, W], BGR, mean 103.53, 116.28, 123.675, std 57.375, 57.12, 58.395; stretched.
 * Outputs: cls_pred_stride_<s> [N, cells, classes], sigmoid done, and dis_pred_stride_<s> [N, cells, 4 · 8], for s = 8, 16, 32; or one
 *          [N, cells, classes + 4 · 8]. The 8 logits of a side give its distance in strides from the middle of the cell.
 * Source:  RangiLyu/nanodet, `tools/export.py` (`generate_ouput_names`), `nanodet/model/head/nanodet_head.py`, `gfl_head.py`
 *          (`get_single_level_center_point`), `config/nanodet-m.yml`, Apache-2.0.
 */

import type { ModelEvidence, OutputEvidence } from '../onnx/evidence.js'
import type { GraphEditor } from '../onnx/graph-editor.js'
import { classCountOf } from './classes.js'
import type { Candidate, Family, Head } from './family.js'
import { anchorCount, commonStridesPx } from './grid.js'
import { headOf, isDecoded, tableOf } from './head.js'
import { nanodetPixels, REG_VALUES, singleTable } from './nanodet-table.js'

const MIDDLE = 0.5
/** What its exporter calls the image; YOLOX, of the same shape of output, calls it `images`. */
const EXPORTED_INPUT = 'data'
const table = singleTable(MIDDLE)

export const nanodet: Family = {
  name: 'nanodet',
  version: 1,
  letterbox: { anchor: 'stretch', padValue: 0 },
  pixels: nanodetPixels,
  nms: true,
  minScore: 0.35,
  expects: 'outputs cls_pred_stride_* and dis_pred_stride_*, or one [N, cells, classes + 32]',
  recognise,
  addScores: (editor, head) => table.addScores(editor, joined(editor, head)),
  addBoxes: (editor, indices, head) => table.addBoxes(editor, indices, joined(editor, head)),
  decode,
}

function recognise(evidence: ModelEvidence): Head | string {
  const stridesPx = evidence.stridesPx ?? commonStridesPx
  const named = stridesPx.flatMap(stridePx => namedOutputs(evidence, stridePx))
  if (named.every(output => output !== undefined)) return splitHead(evidence, named, stridesPx)
  const table = tableOf(evidence)
  if (typeof table === 'string')
    return 'it has no outputs cls_pred_stride_* and dis_pred_stride_* for each stride'
  const [points, width] = table.axes
  const isClaimed = evidence.claimed === 'nanodet'
  const rows = anchorCount(evidence, stridesPx)
  if (evidence.inputName !== EXPORTED_INPUT && !isClaimed)
    return `its input is not named ${EXPORTED_INPUT}, as the project’s exporter names it`
  if (points !== rows && !(points === null && isClaimed))
    return `axis 1 of the output is ${points ?? 'open'}, not its ${rows} cells`
  if (isDecoded(table) && !isClaimed) return 'its values are computed behind the network’s last layer'
  const classCount = classCountOf(evidence, width === null ? null : width - REG_VALUES)
  return typeof classCount === 'string'
    ? classCount
    : headOf(evidence, [table], { classCount, stridesPx, rows })
}

function namedOutputs({ outputs }: ModelEvidence, stridePx: number) {
  return ['cls', 'dis'].map(kind => outputs.find(({ name }) => name === `${kind}_pred_stride_${stridePx}`))
}

function splitHead(
  evidence: ModelEvidence,
  outputs: readonly OutputEvidence[],
  stridesPx: readonly number[],
): Head | string {
  const [scores, distances] = outputs as [OutputEvidence, OutputEvidence]
  if (distances.dims[2] !== null && distances.dims[2] !== REG_VALUES)
    return `axis 2 of ${distances.name} is ${distances.dims[2]}, not ${REG_VALUES}`
  const wrong = outputs.find(({ dims }, i) => {
    const cells = anchorCount(evidence, [stridesPx[i >> 1]!])
    return dims.length !== 3 || (dims[1] !== null && dims[1] !== cells)
  })
  if (wrong) return `${wrong.name} has not one row for each cell of its grid`
  const classCount = classCountOf(evidence, scores.dims[2] ?? null)
  if (typeof classCount === 'string') return classCount
  return headOf(evidence, outputs, { classCount, stridesPx, rows: anchorCount(evidence, stridesPx) })
}

/** The outputs of the strides as one table: nothing is computed twice, since ONNX Runtime merges equal nodes. */
function joined(editor: GraphEditor, head: Head): Head {
  const { outputs } = head
  if (outputs.length === 1) return head
  const whole = [0, 1].map(kind => {
    const parts = outputs.filter((_, i) => i % 2 === kind).map(({ name }) => name)
    return editor.node('Concat', parts, { axis: 1 })
  })
  const name = editor.node('Concat', whole, { axis: 2 })
  return { ...head, outputs: [{ ...outputs[0]!, name }] }
}

function decode(outputs: readonly ArrayLike<number>[], head: Head): Candidate[] {
  if (outputs.length === 1) return table.decode(outputs, head)
  const values: number[] = []
  for (let i = 0; i < outputs.length; i += 2) {
    const [scores, distances] = [outputs[i]!, outputs[i + 1]!]
    for (let cell = 0; cell < distances.length / REG_VALUES; cell++) {
      for (let k = 0; k < head.classCount; k++) values.push(scores[cell * head.classCount + k]!)
      for (let k = 0; k < REG_VALUES; k++) values.push(distances[cell * REG_VALUES + k]!)
    }
  }
  return table.decode([values], head)
}
