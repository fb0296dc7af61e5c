/** Older graphs are raised to the opset that int8 needs, or refused by the name of what stands in the way. */
import ort from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import { GraphEditor, valueInfo } from '../../../../../infer/model/onnx/graph-editor.js'
import { elementType, type Graph, type Model, ModelProto } from '../../../../../infer/model/onnx/proto.js'
import { raiseOpset } from '../../../../../infer/model/quantize/opset.js'
import { bytesOf, copyOf } from '../../../../tools/small-network.js'

function modelOf(build: (editor: GraphEditor) => string, opset = 11): Model {
  const graph: Graph = { name: 'old', node: [], initializer: [], input: [], output: [] }
  const editor = new GraphEditor(graph, opset, 'old')
  editor.append('Identity', [build(editor)], ['y'])
  graph.node = editor.nodes
  graph.input = [valueInfo('x', elementType.float, [1, 4, 6])]
  graph.output = [valueInfo('y', elementType.float, ['a', 'b', 'c'])]
  return ModelProto.create({ irVersion: 7, opsetImport: [{ domain: '', version: opset }], graph })
}

async function run(model: Model): Promise<{ dims: readonly number[]; data: number[] }> {
  const session = await ort.InferenceSession.create(bytesOf(model), {
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
  })
  const x = new ort.Tensor(
    'float32',
    Float32Array.from({ length: 24 }, (_, i) => Math.sin(i)),
    [1, 4, 6],
  )
  const { y } = await session.run({ x })
  return { dims: y!.dims, data: [...(y!.data as Float32Array)] }
}

const sameMeaning: Record<string, (editor: GraphEditor) => string> = {
  Split: editor => {
    editor.append('Split', ['x'], ['s', 't'], { axis: 2, split: [2, 4] })
    return editor.node('Concat', ['t', 's'], { axis: 2 })
  },
  'Squeeze and Unsqueeze': editor =>
    editor.node('Unsqueeze', [editor.node('Squeeze', ['x'], { axes: [0] })], { axes: [2] }),
  ReduceSum: editor => editor.node('ReduceSum', ['x'], { axes: [1], keepdims: 1 }),
  'Softmax over the last axis': editor => editor.node('Softmax', ['x'], { axis: -1 }),
  'Softmax over all axes from one on': editor => editor.node('Softmax', ['x'], { axis: 1 }),
  'ReduceMax, whose axes stay an attribute': editor =>
    editor.node('ReduceMax', ['x'], { axes: [2], keepdims: 1 }),
}

describe('raising the opset', () => {
  for (const [name, build] of Object.entries(sameMeaning)) {
    it(`keeps the meaning of ${name}`, async () => {
      const old = modelOf(build)
      const raised = copyOf(old)
      expect(raiseOpset(raised, 'old.onnx')).toBe(13)
      expect(await run(raised)).toEqual(await run(old))
    })
  }

  it('refuses what only training has, by name', () => {
    const model = modelOf(editor => editor.node('Dropout', ['x']))
    expect(() => raiseOpset(model, 'old.onnx')).toThrow(
      /Dropout of opset 11 means something else in opset 13/,
    )
  })

  it('leaves a graph of opset 13 or newer as it is', () => {
    const model = modelOf(editor => editor.node('Softmax', ['x'], { axis: 1 }), 17)
    const before = bytesOf(model)
    expect(raiseOpset(model, 'new.onnx')).toBe(17)
    expect(bytesOf(model)).toEqual(before)
  })
})
