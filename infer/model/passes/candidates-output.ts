/** Pass: the raw output becomes at most 300 candidates a frame, so that only those anchors are decoded and copied. */

import { VALUES_PER_CANDIDATE } from '../../postprocess/candidates.js'
import type { Head } from '../families/family.js'
import { BATCH_AXIS, GraphEditor, NAME_PREFIX, valueInfo } from '../onnx/graph-editor.js'
import { elementType, type Graph } from '../onnx/proto.js'
import type { ModelSpec } from '../spec.js'
import type { Pass } from './pass.js'

export const OUTPUT_NAME = 'candidates'

export const candidatesOutput: Pass = {
  name: 'candidates-output',
  version: 1,
  apply({ graph }, { spec, options }): void {
    const editor = new GraphEditor(graph!, spec.opset, 'output')
    giveCandidatesOutput(editor, graph!, spec, candidatesOf(spec.head, options.maxCandidates))
    graph!.node!.push(...editor.nodes)
  },
}

export function candidatesOf(head: Head, maxCandidates: number): number {
  return Math.min(maxCandidates, head.rows)
}

function giveCandidatesOutput(
  editor: GraphEditor,
  graph: Graph,
  { family, head, batch }: ModelSpec,
  count: number,
): void {
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
  graph.output = [
    valueInfo(OUTPUT_NAME, elementType.float, [
      batch === 'dynamic' ? BATCH_AXIS : batch,
      count,
      VALUES_PER_CANDIDATE,
    ]),
  ]
}
