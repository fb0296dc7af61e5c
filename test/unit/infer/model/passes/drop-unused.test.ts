/** What no output needs is gone, and what is left is what runs. */
import { expect, it } from 'vitest'
import { GraphEditor, valueInfo } from '../../../../../infer/model/onnx/graph-editor.js'
import { ModelProto } from '../../../../../infer/model/onnx/proto.js'
import { dropUnused } from '../../../../../infer/model/passes/drop-unused.js'

it('drops nodes, weights, inputs, inner shapes and domains that nothing needs', () => {
  const graph = { node: [], initializer: [], input: [], output: [] } as never
  const editor = new GraphEditor(graph, 17, 'test')
  const kept = editor.floats([1], [1])
  editor.append('Add', ['x', kept], ['y'])
  editor.node('Relu', [editor.node('Mul', ['unread', editor.floats([2], [1])])])
  const model = ModelProto.create({
    irVersion: 3,
    opsetImport: [
      { domain: '', version: 17 },
      { domain: 'com.microsoft', version: 1 },
    ],
    graph: {
      ...(graph as object),
      node: editor.nodes,
      input: [valueInfo('x', 1, [1]), valueInfo('unread', 1, [1]), valueInfo(kept, 1, [1])],
      output: [valueInfo('y', 1, [1])],
      valueInfo: [valueInfo('z', 1, [7])],
    },
  })
  dropUnused.apply(model, undefined as never)
  const { node, initializer, input, valueInfo: inner } = model.graph!
  expect(node!.map(({ opType }) => opType)).toEqual(['Add'])
  expect(initializer!.map(({ name }) => name)).toEqual([kept])
  expect(input!.map(({ name }) => name)).toEqual(['x'])
  expect(inner).toEqual([])
  expect(model.opsetImport.map(({ domain }) => domain)).toEqual([''])
  expect(Number(model.irVersion)).toBe(4)
})
