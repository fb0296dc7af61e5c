/** Graphs rewritten for speed alone give what they gave, and others are left alone. */
import ort from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import { GraphEditor, valueInfo } from '../../../../../infer/model/onnx/graph-editor.js'
import { elementType, type Graph, ModelProto } from '../../../../../infer/model/onnx/proto.js'
import { addDoubling, doubledChannels } from '../../../../../infer/model/quantize/doubling.js'
import { GraphIndex } from '../../../../../infer/model/quantize/graph-index.js'
import { headChannelsLast } from '../../../../../infer/model/quantize/head-layout.js'
import { lightBeginning } from '../../../../../infer/model/quantize/light-beginning.js'
import { bytesOf, smallNetwork } from '../../../../tools/small-network.js'

const OPSET = 13

/** Of one float input x [1, 6, 4, 8]. */
function graphOf(build: (editor: GraphEditor) => string): Graph {
  const graph: Graph = { name: 'g', node: [], initializer: [], input: [], output: [] }
  const editor = new GraphEditor(graph, OPSET, 'own')
  editor.append('Identity', [build(editor)], ['y'])
  graph.node = editor.nodes
  graph.input = [valueInfo('x', elementType.float, [1, 6, 4, 8])]
  graph.output = [valueInfo('y', elementType.float, [])]
  graph.output[0]!.type!.tensorType!.shape = null
  return graph
}

async function run(graph: Graph): Promise<{ dims: readonly number[]; data: number[] }> {
  const model = ModelProto.create({ irVersion: 8, opsetImport: [{ domain: '', version: OPSET }], graph })
  const session = await ort.InferenceSession.create(bytesOf(model), {
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
  })
  const x = new ort.Tensor(
    'float32',
    Float32Array.from({ length: 192 }, (_, i) => Math.sin(i * i)),
    [1, 6, 4, 8],
  )
  const { y } = await session.run({ x })
  return { dims: y!.dims, data: [...(y!.data as Float32Array)] }
}

function conv(editor: GraphEditor, input: string, out: number, stride = 1): string {
  const weights = Array.from({ length: out * 6 }, (_, i) => Math.cos(i))
  const attributes = { kernel_shape: [1, 1], strides: [stride, stride] }
  return editor.node('Conv', [input, editor.floats(weights, [out, 6, 1, 1])], attributes)
}

function resize(editor: GraphEditor, scales: number[], mode: string): string {
  const [place, nearest] = mode.split(' ') as [string, string]
  const attributes = { mode: 'nearest', coordinate_transformation_mode: place, nearest_mode: nearest }
  const inputs = [conv(editor, 'x', 6), editor.floats([], [0]), editor.floats(scales, [4])]
  return editor.node('Resize', inputs, attributes)
}

describe('doubling', () => {
  for (const mode of [
    'asymmetric floor',
    'half_pixel round_prefer_floor',
    'pytorch_half_pixel round_prefer_floor',
  ]) {
    it(`is what Resize does: ${mode}`, async () => {
      const resized = graphOf(editor => resize(editor, [1, 1, 2, 2], mode))
      const node = resized.node!.find(({ opType }) => opType === 'Resize')!
      expect(doubledChannels(node, new GraphIndex(resized))).toBe(6)
      const doubled = graphOf(editor => addDoubling(editor, conv(editor, 'x', 6), 6))
      expect(await run(doubled)).toEqual(await run(resized))
    })
  }

  it('is not what another Resize does', () => {
    for (const [scales, mode] of [
      [[1, 1, 2, 3], 'asymmetric floor'],
      [[1, 1, 2, 2], 'half_pixel floor'],
      [[1, 1, 2, 2], 'align_corners round_prefer_floor'],
    ] as [number[], string][]) {
      const graph = graphOf(editor => resize(editor, scales, mode))
      const node = graph.node!.find(({ opType }) => opType === 'Resize')!
      expect(doubledChannels(node, new GraphIndex(graph))).toBeNull()
    }
  })
})

describe('a head with its channels last', () => {
  const level = (editor: GraphEditor, stride: number): string => {
    const parts = [conv(editor, 'x', 4, stride), editor.node('Sigmoid', [conv(editor, 'x', 3, stride)])]
    return editor.reshape(editor.node('Concat', parts, { axis: 1 }), [1, 7, -1])
  }
  const head = (perm: number[]) =>
    graphOf(editor =>
      editor.node('Transpose', [editor.node('Concat', [level(editor, 1), level(editor, 2)], { axis: 2 })], {
        perm,
      }),
    )

  it('gives what it gave', async () => {
    const graph = head([0, 2, 1])
    const before = await run(graph)
    expect(before.dims).toEqual([1, 40, 7])
    expect(headChannelsLast(graph, OPSET)).toBe(true)
    expect(graph.node!.filter(({ opType }) => opType === 'Transpose')).toHaveLength(4)
    expect(await run(graph)).toEqual(before)
  })

  it('is left alone where it ends otherwise', () => {
    const graph = head([0, 1, 2])
    const before = [...graph.node!]
    expect(headChannelsLast(graph, OPSET)).toBe(false)
    expect(graph.node).toEqual(before)
  })
})

describe('the light beginning', () => {
  it('ends at the first convolution of many products, the first of all aside', () => {
    const { model } = smallNetwork()
    const index = new GraphIndex(model.graph!)
    const light = lightBeginning(model.graph!, index)
    const convolutions = model.graph!.node!.filter(({ opType }) => opType === 'Conv')
    expect(convolutions.map(node => light.has(node))).toEqual([true, false, false, false, false])
    expect(light.has(index.maker(convolutions[1]!.input![0]!)!)).toBe(true)
  })
})
