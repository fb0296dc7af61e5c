/** Decoding of NanoDet's rows, [N, points, classes + 4 · 8], and the pixels that all of its models want. */
import type { PixelFormat } from '../passes/i420-input.js'
import type { Family } from './family.js'
import { bestOf, candidate, rowsOf } from './plain.js'
import { bestColumn, floatsOf, gatherRows } from './rows.js'
import { addCorners, cornersOf, pointsOf, SIDES } from './side-distances.js'

/** Distances of 0 … 7 strides: `reg_max: 7` in every configuration of the project. */
export const BINS = 8
export const REG_VALUES = SIDES * BINS

export const nanodetPixels: PixelFormat = {
  channels: 'bgr',
  scale: 1,
  mean: [103.53, 116.28, 123.675],
  std: [57.375, 57.12, 58.395],
}

/** @param offset where in its cell a row's point lies, in strides. */
export function singleTable(offset: number): Pick<Family, 'addScores' | 'addBoxes' | 'decode'> {
  return {
    addScores(editor, { outputs, classCount }) {
      return editor.maxAlong(editor.slice(floatsOf(editor, outputs[0]!), 2, 0, classCount), 2)
    },
    addBoxes(editor, indices, head) {
      const { outputs, classCount } = head
      const width = classCount + REG_VALUES
      const rows = gatherRows(editor, floatsOf(editor, outputs[0]!), indices, width)
      const logits = editor.slice(rows, 2, classCount, width)
      const corners = addCorners(editor, { logits, indices, bins: BINS }, head, offset)
      return { corners, classIds: bestColumn(editor, rows, 0, classCount) }
    },
    decode([output], head) {
      const points = pointsOf(head, offset)
      return rowsOf(output!, head.classCount + REG_VALUES).map((row, i) => {
        const { score, classId } = bestOf(row.subarray(0, head.classCount))
        return candidate(cornersOf(row.subarray(head.classCount), points[i]!), score, classId)
      })
    },
  }
}
