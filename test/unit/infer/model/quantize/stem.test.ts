/** The first convolution, folded with the conversion of colours, gives what both gave one after the other. */
import ort from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import { GraphIndex } from '../../../../../infer/model/quantize/graph-index.js'
import { foldStem } from '../../../../../infer/model/quantize/stem.js'
import { bytesOf, copyOf, type NetworkOptions, smallNetwork } from '../../../../tools/small-network.js'

const SIZE = 32

/** Soft colours inside the RGB cube, where nothing is clipped. */
function softFrame(): Uint8Array {
  return Uint8Array.from({ length: (SIZE * SIZE * 3) / 2 }, (_, i) =>
    i < SIZE * SIZE ? 110 + ((i * 37) % 40) : 120 + ((i * 11) % 16),
  )
}

async function candidates(bytes: Uint8Array): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(bytes, { intraOpNumThreads: 1, logSeverityLevel: 3 })
  const frame = new ort.Tensor('uint8', softFrame(), [1, (SIZE * 3) / 2, SIZE])
  return (await session.run({ i420: frame })).candidates!.data as Float32Array
}

describe('folding the stem', () => {
  for (const stem of ['strided', 'focus'] as const satisfies NetworkOptions['stem'][]) {
    it(`changes nothing but rounding: ${stem}`, async () => {
      const { model, context } = smallNetwork({ stem, sizePx: SIZE })
      const folded = copyOf(model)
      expect(foldStem(folded.graph!, context.spec, 13)).toBe(true)
      const [plain, found] = [await candidates(bytesOf(model)), await candidates(bytesOf(folded))]
      expect(Math.max(...plain) - Math.min(...plain)).toBeGreaterThan(0.1)
      found.forEach((value, i) => {
        expect(value).toBeCloseTo(plain[i]!, 4)
      })
    })
  }

  it('leaves a picture that is read twice alone', () => {
    const { model, context } = smallNetwork()
    const graph = model.graph!
    const [first] = new GraphIndex(graph).readers('images')
    graph.node!.push({
      opType: 'Relu',
      name: 'again',
      input: [first!.input![0]!],
      output: ['other'],
      attribute: [],
    })
    const before = bytesOf(model)
    expect(foldStem(graph, context.spec, 13)).toBe(false)
    expect(bytesOf(model)).toEqual(before)
  })

  it('leaves a model alone whose padding is not black', () => {
    const { model, context } = smallNetwork()
    const spec = { ...context.spec, pixels: { ...context.spec.pixels, mean: [0.4, 0.4, 0.4] as const } }
    expect(foldStem(model.graph!, { ...spec }, 13)).toBe(false)
  })
})
