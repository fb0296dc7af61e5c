/** The best rows of a head become candidates, in order, as many as were asked for or as there are. */
import ort from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import { yolov8 } from '../../../../../infer/model/families/yolov8.js'
import { GraphEditor, valueInfo } from '../../../../../infer/model/onnx/graph-editor.js'
import { elementType, type Graph, ModelProto } from '../../../../../infer/model/onnx/proto.js'
import { candidatesOf, candidatesOutput } from '../../../../../infer/model/passes/candidates-output.js'
import type { PassContext } from '../../../../../infer/model/passes/pass.js'

const ROWS = 84
const CLASSES = 3
const head = {
  widthPx: 64,
  heightPx: 64,
  classCount: CLASSES,
  outputs: [{ name: 'output0', dims: [null, 4 + CLASSES, ROWS], elemType: elementType.float }],
  stridesPx: [8, 16, 32],
  fixedInputs: [],
  rows: ROWS,
}

/** A head that gives the table it is given. */
async function candidatesOfTable(table: Float32Array, frames: number, maxCandidates: number) {
  const graph: Graph = { name: 'head', node: [], initializer: [], input: [], output: [] }
  const editor = new GraphEditor(graph, 17, 'head')
  editor.append('Identity', ['table'], ['output0'])
  graph.node = editor.nodes
  graph.input = [valueInfo('table', elementType.float, ['batch', 4 + CLASSES, ROWS])]
  graph.output = [valueInfo('output0', elementType.float, ['batch', 4 + CLASSES, ROWS])]
  const model = ModelProto.create({ irVersion: 8, opsetImport: [{ domain: '', version: 17 }], graph })
  const spec = { family: yolov8, head, batch: 'dynamic', opset: 17 }
  candidatesOutput.apply(model, { spec, options: { maxCandidates } } as unknown as PassContext)
  const session = await ort.InferenceSession.create(Buffer.from(ModelProto.encode(model).finish()))
  const output = await session.run({
    table: new ort.Tensor('float32', table, [frames, 4 + CLASSES, ROWS]),
  })
  return output.candidates!
}

const table = (seed: number): Float32Array =>
  Float32Array.from({ length: (4 + CLASSES) * ROWS }, (_, i) =>
    i < 4 * ROWS ? 10 + ((i * 7 + seed) % 40) : ((i * 31 + seed * 17) % 997) / 1000,
  )

describe('candidates output', () => {
  it.each([10, 84, 300])('keeps the best of %i asked for, by score, for each frame alone', async asked => {
    const count = candidatesOf(head as never, asked)
    const tables = [table(1), table(2)]
    const all = Float32Array.from(tables.flatMap(one => [...one]))
    const { data, dims } = await candidatesOfTable(all, 2, asked)
    expect(dims).toEqual([2, Math.min(asked, ROWS), 6])
    tables.forEach((one, frame) => {
      const expected = yolov8.decode([one], head as never).sort((a, b) => b[4] - a[4])
      const scores = Array.from(
        { length: count },
        (_, i) => (data as Float32Array)[(frame * count + i) * 6 + 4]!,
      )
      expect(scores).toEqual(expected.slice(0, count).map(row => row[4]))
    })
  })

  it('gives each candidate the box and the class of its own row', async () => {
    const one = table(3)
    const { data } = await candidatesOfTable(one, 1, ROWS)
    const rows = Array.from({ length: ROWS }, (_, i) => [
      ...(data as Float32Array).subarray(i * 6, i * 6 + 6),
    ])
    const key = (row: readonly number[]) => row.map(value => value.toFixed(3)).join(' ')
    const expected = yolov8.decode([one], head as never).map(key)
    expect(rows.map(key).sort()).toEqual(expected.sort())
  })
})
