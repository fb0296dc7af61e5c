/** Constant folding gives what the runtime gives: each operator on its own, and what becomes of the graph around it. */
import ort from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import { attributeOf, GraphEditor, valueInfo } from '../../../../../infer/model/onnx/graph-editor.js'
import { elementType, type Graph, ModelProto, type Node } from '../../../../../infer/model/onnx/proto.js'
import { readValues } from '../../../../../infer/model/onnx/tensor-data.js'
import { evaluators } from '../../../../../infer/model/passes/fold/evaluate.js'
import { foldConstants } from '../../../../../infer/model/passes/fold/fold-constants.js'

type Build = (editor: GraphEditor) => string

/** A graph whose only input is multiplied with what `build` makes of constants. */
function graphWith(build: Build, type: number = elementType.float) {
  const graph: Graph = { name: 'g', node: [], initializer: [], input: [], output: [] }
  const editor = new GraphEditor(graph, 17, 'test')
  const result = build(editor)
  const kept = editor.node('Identity', [result])
  editor.append('Identity', [kept], ['result'])
  graph.node = editor.nodes
  graph.input = [valueInfo('x', elementType.float, [1])]
  graph.output = [{ name: 'result', type: { tensorType: { elemType: type } } }]
  return ModelProto.create({ irVersion: 8, opsetImport: [{ domain: '', version: 17 }], graph })
}

const fold = (model: ReturnType<typeof graphWith>) => {
  foldConstants.apply(model, undefined as never)
  return model.graph!
}

async function runtime(model: ReturnType<typeof graphWith>) {
  const session = await ort.InferenceSession.create(ModelProto.encode(model).finish(), {
    logSeverityLevel: 4,
  })
  const { result } = await session.run({ x: new ort.Tensor('float32', [1], [1]) })
  return { dims: [...result!.dims], data: Array.from(result!.data as Float32Array, Number) }
}

const ramp = (editor: GraphEditor, dims: number[]) =>
  editor.floats(
    Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => i * 0.37 - 1.1),
    dims,
  )

const cases: Readonly<Record<string, readonly [build: Build, type?: number][]>> = {
  Abs: [[e => e.node('Abs', [ramp(e, [2, 3])])]],
  Add: [
    [e => e.node('Add', [ramp(e, [2, 1, 3]), ramp(e, [4, 1])])],
    [e => e.node('Add', [e.ints([1, 2]), e.ints([5], [])]), elementType.int64],
  ],
  Cast: [
    [e => e.node('Cast', [ramp(e, [2, 3])], { to: elementType.int32 }), elementType.int32],
    [e => e.node('Cast', [e.node('Cast', [ramp(e, [5])], { to: elementType.float16 })], { to: 1 })],
    [e => e.node('Cast', [e.ints([3, 0, -2])], { to: elementType.float })],
  ],
  Concat: [[e => e.node('Concat', [ramp(e, [2, 2, 2]), ramp(e, [2, 1, 2])], { axis: -2 })]],
  ConstantOfShape: [[e => e.node('ConstantOfShape', [e.ints([2, 3])])]],
  Div: [[e => e.node('Div', [ramp(e, [2, 3]), e.floats([3], [])])]],
  Gather: [[e => e.node('Gather', [e.ints([7, 8, 9]), e.ints([-1, 0])], { axis: 0 }), elementType.int64]],
  Mul: [[e => e.node('Mul', [ramp(e, [3, 1]), ramp(e, [1, 4])])]],
  Neg: [[e => e.node('Neg', [ramp(e, [4])])]],
  Pow: [[e => e.node('Pow', [e.floats([1, 2, 3], [3]), e.floats([2.5], [])])]],
  Reshape: [[e => e.reshape(ramp(e, [2, 6]), [0, -1, 2])]],
  Shape: [[e => e.node('Shape', [ramp(e, [2, 6])]), elementType.int64]],
  Slice: [
    [e => e.slice(ramp(e, [2, 6]), 1, 1, -1)],
    [e => e.node('Slice', [ramp(e, [9, 2]), e.ints([-8]), e.ints([100]), e.ints([0]), e.ints([3])])],
  ],
  Squeeze: [[e => e.node('Squeeze', [ramp(e, [1, 3, 1]), e.ints([-1])])]],
  Sub: [[e => e.node('Sub', [ramp(e, [2, 3]), ramp(e, [3])])]],
  Transpose: [
    [e => e.node('Transpose', [ramp(e, [2, 3, 4])], { perm: [2, 0, 1] })],
    [e => e.node('Transpose', [ramp(e, [2, 3])])],
  ],
  Unsqueeze: [[e => e.node('Unsqueeze', [ramp(e, [2, 3]), e.ints([0, -1])])]],
}

describe('folding', () => {
  it.each(Object.keys(evaluators))('%s gives what ONNX Runtime gives', async opType => {
    for (const [build, type] of cases[opType]!) {
      const expected = await runtime(graphWith(build, type))
      const graph = fold(graphWith(build, type))
      expect(graph.node!.map(node => node.opType)).toEqual(['Identity'])
      const folded = readValues(graph.initializer!.find(({ name }) => name === graph.node![0]!.input![0])!)!
      expect(folded.dims).toEqual(expected.dims)
      for (const [i, value] of expected.data.entries()) expect(folded.data[i]).toBeCloseTo(value, 5)
    }
  })

  it('makes weights of Constant nodes, of each kind that holds numbers', () => {
    const constant = (name: string, value: object): Node => ({
      opType: 'Constant',
      output: [name],
      attribute: [{ name, ...value }],
    })
    const model = graphWith(e => e.node('Identity', ['value_ints']), elementType.int64)
    model.graph!.node!.unshift(
      constant('value', { t: { dataType: 1, dims: [1], floatData: [3] } }),
      constant('value_float', { f: 0.5 }),
      constant('value_ints', { ints: [4, 5] }),
      constant('value_string', { s: Buffer.from('text') }),
    )
    const graph = fold(model)
    expect(graph.node!.map(({ opType }) => opType)).toEqual(['Constant', 'Identity'])
    expect(readValues(graph.initializer!.find(({ name }) => name === 'value_ints')!)).toMatchObject({
      dims: [2],
    })
  })

  it('leaves alone what depends on an input, and a shape that would fill the memory', () => {
    const graph = fold(graphWith(e => e.node('Add', ['x', e.node('ConstantOfShape', [e.ints([2 ** 30])])])))
    expect(graph.node!.map(({ opType }) => opType)).toEqual(['ConstantOfShape', 'Add', 'Identity'])
  })

  it('leaves alone what it cannot work out exactly', () => {
    const big = (e: GraphEditor) => e.node('Mul', [e.ints([2 ** 40]), e.ints([2 ** 40])])
    expect(fold(graphWith(big, elementType.int64)).node![0]!.opType).toBe('Mul')
    const half = (e: GraphEditor) => e.node('Div', [e.ints([3]), e.ints([2])])
    expect(fold(graphWith(half, elementType.int64)).node![0]!.opType).toBe('Div')
  })

  it('leaves alone an axis that its inputs do not have, as a hostile file may name one', () => {
    const beyond = (e: GraphEditor) =>
      e.node('Concat', [e.floats([1], [1]), e.floats([2], [1])], { axis: -3 })
    expect(fold(graphWith(beyond)).node![0]!.opType).toBe('Concat')
  })

  it('does not go on behind a weight that is an input too', () => {
    const model = graphWith(e => e.node('Neg', [e.floats([1], [1])]))
    const node: Node = { opType: 'Relu', input: ['x'], output: ['y'], attribute: [attributeOf('a', 1)] }
    model.graph!.node!.unshift(node)
    expect(fold(model).node!.map(({ opType }) => opType)).toEqual(['Relu', 'Identity'])
  })
})
