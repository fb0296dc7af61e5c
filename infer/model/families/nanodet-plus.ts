/**
 * NanoDet-Plus, and NanoDet of version 1 exported with one output.
 *
 * Input:  [N, 3, H, W], BGR, mean 103.53, 116.28, 123.675, std 57.375, 57.12, 58.395; the picture stretched to the input.
 * Output: [N, points, classes + 4 · 8]: class scores, sigmoid done, then for each side (left, top, right, bottom) 8 logits of its
 *         distance in strides. NanoDet-Plus has strides 8, 16, 32, 64 and points at the cells' corners; version 1 has no stride
 *         of 64 and points in their middle, and is told by that (`family: nanodet`).
 * Source: RangiLyu/nanodet, `tools/export_onnx.py`, `nanodet/model/head/nanodet_plus_head.py` (`_forward_onnx`,
 *         `get_single_level_center_priors`), `config/nanodet-plus-m_416.yml`, Apache-2.0.
 */

import type { ModelEvidence } from '../onnx/evidence.js'
import { classCountOf } from './classes.js'
import type { Family, Head } from './family.js'
import { anchorCount } from './grid.js'
import { headOf, isDecoded, tableOf } from './head.js'
import { nanodetPixels, REG_VALUES, singleTable } from './nanodet-table.js'

const STRIDES_PX = [8, 16, 32, 64]

export const nanodetPlus: Family = {
  name: 'nanodet_plus',
  version: 1,
  letterbox: { anchor: 'stretch', padValue: 0 },
  pixels: nanodetPixels,
  nms: true,
  minScore: 0.35,
  expects: 'one output [N, points, classes + 32] of strides 8, 16, 32, 64',
  recognise,
  ...singleTable(0),
}

function recognise(evidence: ModelEvidence): Head | string {
  const table = tableOf(evidence)
  if (typeof table === 'string') return table
  const [points, width] = table.axes
  const isClaimed = evidence.claimed === 'nanodet_plus'
  const stridesPx = evidence.stridesPx ?? STRIDES_PX
  const rows = anchorCount(evidence, stridesPx)
  if (points !== rows && !(points === null && isClaimed))
    return `axis 1 of the output is ${points ?? 'open'}, not its ${rows} points`
  if (isDecoded(table) && !isClaimed) return 'its values are computed behind the network’s last layer'
  const classCount = classCountOf(evidence, width === null ? null : width - REG_VALUES)
  if (typeof classCount === 'string') return classCount
  return headOf(evidence, [table], { classCount, stridesPx, rows })
}
