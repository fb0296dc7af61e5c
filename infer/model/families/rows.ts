/** Pieces of decoding that families share, as graph nodes. */
import type { GraphEditor } from '../onnx/graph-editor.js'
import { elementType } from '../onnx/proto.js'
import type { HeadOutput } from './family.js'

/** The tensor of an output, as float32 whatever the model computes in. */
export function floatsOf(editor: GraphEditor, { name, elemType }: HeadOutput): string {
  return elemType === elementType.float16 ? editor.node('Cast', [name], { to: elementType.float }) : name
}

/** [N, rows, width] at `indices` [N, K]: [N, K, width]. */
export function gatherRows(editor: GraphEditor, table: string, indices: string, width: number): string {
  const repeats = editor.ints([1, 1, width])
  const rowIndices = editor.node('Tile', [editor.reshape(indices, [0, -1, 1]), repeats])
  return editor.node('GatherElements', [table, rowIndices], { axis: 1 })
}

/** One constant row for each cell, at `indices` [N, K]: [N, K, width]. */
export function gatherConstants(
  editor: GraphEditor,
  constants: readonly (readonly number[])[],
  indices: string,
): string {
  const table = editor.floats(constants.flat(), [constants.length, constants[0]!.length])
  return editor.node('Gather', [table, indices], { axis: 0 })
}

/** Centre [N, K, 2] and size [N, K, 2]: corners [N, K, 4]. */
export function cornersAround(editor: GraphEditor, centre: string, size: string): string {
  const half = editor.node('Mul', [size, editor.floats([0.5], [1])])
  const corners = [editor.node('Sub', [centre, half]), editor.node('Add', [centre, half])]
  return editor.node('Concat', corners, { axis: 2 })
}

/** The first four columns of `rows` are centre and size. */
export function cornersOfRows(editor: GraphEditor, rows: string): string {
  return cornersAround(editor, editor.slice(rows, 2, 0, 2), editor.slice(rows, 2, 2, 4))
}

/** Index of the largest of the columns from … to: [N, K, 1]. */
export function bestColumn(editor: GraphEditor, rows: string, from: number, to: number): string {
  return editor.node('ArgMax', [editor.slice(rows, 2, from, to)], { axis: 2, keepdims: 1 })
}
