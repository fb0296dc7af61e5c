/** Rows of box, objectness and class scores, [N, rows, 5 + classes], that YOLOv5 and YOLOX share; the box in input pixels where it is decoded. */
import type { GraphEditor } from '../onnx/graph-editor.js'
import type { Candidate, Family, Head } from './family.js'
import { bestOf, candidate, cornersOfCentre, rowsOf } from './plain.js'
import { bestColumn, cornersOfRows, floatsOf, gatherRows } from './rows.js'

/** Centre x, centre y, width, height, objectness. */
export const OBJECT_VALUES = 5
const OBJECTNESS = 4

export function addObjectScores(editor: GraphEditor, head: Head): string {
  const table = floatsOf(editor, head.outputs[0]!)
  const best = editor.maxAlong(editor.slice(table, 2, OBJECT_VALUES, OBJECT_VALUES + head.classCount), 2)
  const objectness = editor.reshape(editor.slice(table, 2, OBJECTNESS, OBJECT_VALUES), [0, -1])
  return editor.node('Mul', [best, objectness])
}

export const decodedRows: Pick<Family, 'addScores' | 'addBoxes' | 'decode'> = {
  addScores: addObjectScores,

  addBoxes(editor: GraphEditor, indices: string, head: Head) {
    const width = OBJECT_VALUES + head.classCount
    const rows = gatherRows(editor, floatsOf(editor, head.outputs[0]!), indices, width)
    return {
      corners: cornersOfRows(editor, rows),
      classIds: bestColumn(editor, rows, OBJECT_VALUES, width),
    }
  },

  decode([output]: readonly ArrayLike<number>[], head: Head): Candidate[] {
    return rowsOf(output!, OBJECT_VALUES + head.classCount).map(row => {
      const { score, classId } = bestOf(row.subarray(OBJECT_VALUES))
      return candidate(cornersOfCentre(row), score * row[OBJECTNESS]!, classId)
    })
  },
}
