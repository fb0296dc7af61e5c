/** Pass: the raw output becomes at most 300 candidates a frame, so that only those anchors are decoded and copied. */

import { VALUES_PER_CANDIDATE } from '../../postprocess/candidates.js'
import type { Family, Head } from '../families/family.js'
import { type Axis, type GraphEditor, NAME_PREFIX, valueInfo } from '../onnx/graph-editor.js'
import { elementType, type Graph } from '../onnx/proto.js'

export const OUTPUT_NAME = 'candidates'
const MAX_CANDIDATES = 300

export function candidatesOf(head: Head): number {
  return Math.min(MAX_CANDIDATES, head.rows)
}

export function giveCandidatesOutput(
  editor: GraphEditor,
  graph: Graph,
  batch: Axis,
  family: Family,
  head: Head,
): void {
  const count = candidatesOf(head)
  const scores = `${NAME_PREFIX}scores`
  const indices = `${NAME_PREFIX}indices`
  editor.append('TopK', [family.addScores(editor, head), editor.ints([count])], [scores, indices], {
    axis: 1,
    largest: 1,
    sorted: 1,
  })
  const { corners, classIds } = family.addBoxes(editor, indices, head)
  const parts = [
    corners,
    editor.reshape(scores, [0, -1, 1]),
    editor.node('Cast', [classIds], { to: elementType.float }),
  ]
  editor.append('Concat', parts, [OUTPUT_NAME], { axis: 2 })
  graph.output = [valueInfo(OUTPUT_NAME, elementType.float, [batch, count, VALUES_PER_CANDIDATE])]
}
