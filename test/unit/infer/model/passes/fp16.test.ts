/** fp16: what becomes halves, where casts stand, and that the candidates hardly move. */
import fs from 'node:fs'
import ort from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import { noiseFrame } from '../../../../../infer/model/loader/noise-frame.js'
import { GraphEditor, valueInfo } from '../../../../../infer/model/onnx/graph-editor.js'
import { floatsFromHalves, halvesFromFloats } from '../../../../../infer/model/onnx/half.js'
import { type Graph, ModelProto, type Node } from '../../../../../infer/model/onnx/proto.js'
import { tensorTypes } from '../../../../../infer/model/onnx/tensor-types.js'
import { chooseHalves } from '../../../../../infer/model/passes/fp16/choose.js'
import { convertToHalves } from '../../../../../infer/model/passes/fp16/convert.js'
import { shippedModel } from '../../../../../infer/model/resolve.js'
import { defaultOptions, rewriteModel } from '../../../../../infer/model/rewrite.js'

const FLOAT = 1
const HALF = 10

describe('half precision', () => {
  it.each([
    [0, 0x0000],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [65504, 0x7bff],
    [65519.996, 0x7bff],
    [65520, 0x7c00],
    [Number.POSITIVE_INFINITY, 0x7c00],
    [2 ** -14, 0x0400],
    [2 ** -24, 0x0001],
    [2 ** -25, 0x0000],
    [1.5 * 2 ** -24, 0x0002],
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [0.1, 0x2e66],
  ])('rounds %d to the nearest, ties to even', (value, bits) => {
    expect(halvesFromFloats([value])[0]).toBe(bits)
  })

  it('keeps every half that there is', () => {
    const all = Uint16Array.from({ length: 2 ** 16 }, (_, i) => i)
    const back = halvesFromFloats(floatsFromHalves(all))
    const isNumber = (half: number) => (half & 0x7fff) <= 0x7c00
    expect(all.filter((half, i) => isNumber(half) && back[i] !== half)).toHaveLength(0)
  })
})

function graphOf(build: (editor: GraphEditor) => string): Graph {
  const graph: Graph = { name: 'g', node: [], initializer: [], input: [], output: [], valueInfo: [] }
  const editor = new GraphEditor(graph, 17, 'test')
  editor.append('Add', [build(editor), editor.floats([0], [1])], ['y'])
  graph.node = editor.nodes
  graph.input = [valueInfo('x', FLOAT, [1, 2, 2, 2])]
  graph.output = [valueInfo('y', FLOAT, [1, 2, 2, 2])]
  return graph
}

const operators = (graph: Graph) => graph.node!.map(({ opType }) => opType)

describe('conversion', () => {
  const convert = (graph: Graph, allowed: (node: Node) => boolean) => {
    convertToHalves(graph, 17, chooseHalves(graph, allowed))
    return graph
  }
  const notLast = ({ output }: Node) => output![0] !== 'y'

  it('casts once in each direction, however many read a tensor', () => {
    const graph = graphOf(editor => {
      const a = editor.node('Relu', ['x'])
      const b = editor.node('Sigmoid', ['x'])
      const c = editor.node('Mul', [a, b])
      return editor.node('Floor', [editor.node('Add', [editor.node('Floor', [c]), editor.node('Ceil', [c])])])
    })
    const converted = operators(convert(graph, ({ opType }) => ['Relu', 'Sigmoid', 'Mul'].includes(opType!)))
    expect(converted).toEqual([
      'Cast',
      'Relu',
      'Sigmoid',
      'Mul',
      'Cast',
      'Floor',
      'Ceil',
      'Add',
      'Floor',
      'Add',
    ])
  })

  it('moves halves as halves, and floats as floats', () => {
    const graph = graphOf(editor => {
      const floats = editor.reshape(editor.node('Floor', ['x']), [1, 8])
      const halves = editor.reshape(editor.node('Relu', ['x']), [1, 8])
      return editor.reshape(
        editor.slice(editor.node('Concat', [floats, halves], { axis: 1 }), 1, 0, 8),
        [1, 2, 2, 2],
      )
    })
    convert(graph, ({ opType }) => opType === 'Relu')
    const types = tensorTypes(graph)
    const made = graph.node!.map(({ opType, output }) => [opType, types.get(output![0]!)])
    expect(made).toEqual([
      ['Floor', FLOAT],
      ['Reshape', FLOAT],
      ['Cast', HALF],
      ['Relu', HALF],
      ['Reshape', HALF],
      ['Cast', FLOAT],
      ['Concat', FLOAT],
      ['Slice', FLOAT],
      ['Reshape', FLOAT],
      ['Add', FLOAT],
    ])
  })

  it('leaves integers and the scales of a Resize alone', async () => {
    const graph = graphOf(editor => {
      const scales = editor.floats([1, 1, 1, 1], [4])
      const index = editor.node('Shape', ['x'])
      const resized = editor.node('Resize', [editor.node('Relu', ['x']), '', scales], { mode: 'nearest' })
      return editor.node('Reshape', [resized, index])
    })
    convert(graph, notLast)
    const model = ModelProto.encode({
      irVersion: 8,
      opsetImport: [{ domain: '', version: 17 }],
      graph,
    }).finish()
    const session = await ort.InferenceSession.create(model)
    const x = Float32Array.from([-1, 2, 3, 4, 5, 6, 7, 0.1])
    const { y } = await session.run({ x: new ort.Tensor('float32', x, [1, 2, 2, 2]) })
    expect(Array.from(y!.data as Float32Array)).toEqual([0, 2, 3, 4, 5, 6, 7, expect.closeTo(0.1, 3)])
  })

  it.each([
    ['beyond the range of a half', 1e6],
    ['that would become 0 under a division', 1e-9],
  ])('keeps a node with a constant %s', (_, constant) => {
    const graph = graphOf(editor =>
      editor.node('Div', [editor.node('Relu', ['x']), editor.floats([constant], [])]),
    )
    expect(operators(convert(graph, notLast))).toEqual(['Cast', 'Relu', 'Cast', 'Div', 'Add'])
  })

  it('gives a graph whose output is made of halves a float output of its name', () => {
    const graph = graphOf(editor => editor.node('Relu', ['x']))
    convert(graph, () => true)
    expect(graph.node!.at(-1)).toMatchObject({ opType: 'Cast', output: ['y'] })
    expect(tensorTypes(graph).get('y')).toBe(FLOAT)
  })
})

describe('the shipped model in fp16', () => {
  const source = fs.readFileSync(shippedModel.file)
  const prepare = (precision: 'fp32' | 'fp16') =>
    rewriteModel(source, '', { options: { ...defaultOptions, precision }, sidecar: {} })
  const [plain, half] = [prepare('fp32'), prepare('fp16')]
  const { graph } = ModelProto.decode(half.bytes)

  it('takes half the bytes, and no more casts than it has borders', () => {
    expect(half.bytes.length).toBeLessThan(plain.bytes.length * 0.55)
    const casts = graph!.node!.filter(({ opType }) => opType === 'Cast')
    const toHalf = casts.filter(({ attribute }) => Number(attribute![0]!.i) === HALF)
    expect(toHalf).toHaveLength(1)
    expect(casts.length).toBeLessThan(20)
  })

  it('has no cast of a cast', () => {
    const made = new Map(graph!.node!.map(node => [node.output![0]!, node]))
    const isPingPong = ({ opType, input }: Node) =>
      opType === 'Cast' && made.get(input![0]!)?.opType === 'Cast'
    expect(graph!.node!.filter(isPingPong)).toEqual([])
  })

  it('runs its convolutions on halves, and the picture, boxes and scores on floats', () => {
    const types = tensorTypes(graph!)
    const typesOf = (pick: (node: Node) => boolean) =>
      new Set(graph!.node!.filter(pick).map(({ output }) => types.get(output![0]!)))
    expect(typesOf(({ opType }) => opType === 'Conv')).toEqual(new Set([HALF]))
    const boxes = ['Exp', 'TopK', 'ConvTranspose', 'Clip']
    expect(typesOf(({ opType }) => boxes.includes(opType!))).toEqual(new Set([FLOAT]))
    expect(types.get('candidates')).toBe(FLOAT)
  })

  it('gives scores and boxes close to those of fp32', async () => {
    const frame = noiseFrame(plain.facts, 3)
    const dims = [1, (plain.facts.heightPx * 3) / 2, plain.facts.widthPx]
    const scores = await Promise.all(
      [plain, half].map(async ({ bytes }) => {
        const session = await ort.InferenceSession.create(bytes)
        const { candidates } = await session.run({ i420: new ort.Tensor('uint8', frame, dims) })
        return (candidates!.data as Float32Array).filter((_, i) => i % 6 === 4)
      }),
    )
    for (const [rank, score] of scores[0]!.entries()) {
      expect(Math.abs(scores[1]![rank]! - score)).toBeLessThan(0.01)
    }
  })
})
