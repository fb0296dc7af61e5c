/** The picture that a network sees is the plain conversion of the frame, in whatever form the network wants it. */
import ort from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import { valueInfo } from '../../../../../infer/model/onnx/graph-editor.js'
import { elementType, ModelProto } from '../../../../../infer/model/onnx/proto.js'
import { INPUT_NAME, i420Input, type PixelFormat } from '../../../../../infer/model/passes/i420-input.js'
import type { PassContext } from '../../../../../infer/model/passes/pass.js'
import { floatInputOf, paintFrame } from '../../../../tools/i420.js'

const SIZE = { widthPx: 96, heightPx: 64 }
const plain = { mean: [0, 0, 0], std: [1, 1, 1] } as const
const nanodet = { mean: [103.53, 116.28, 123.675], std: [57.375, 57.12, 58.395] } as const

const formats: [string, PixelFormat][] = [
  ['RGB, 0 … 1', { channels: 'rgb', scale: 1 / 255, ...plain }],
  ['BGR, 0 … 255', { channels: 'bgr', scale: 1, ...plain }],
  ['BGR with the mean and deviation of each channel', { channels: 'bgr', scale: 1, ...nanodet }],
]

/** A network that gives the picture it was given. */
function mirror(pixels: PixelFormat, batch: 'dynamic' | 1, opset: number, device: 'cpu' | 'gpu' = 'cpu') {
  const dims = [batch === 1 ? 1 : 'batch', 3, SIZE.heightPx, SIZE.widthPx]
  const model = ModelProto.create({
    irVersion: 8,
    opsetImport: [{ domain: '', version: opset }],
    graph: {
      name: 'mirror',
      node: [{ opType: 'Identity', input: ['images'], output: ['seen'] }],
      initializer: [],
      input: [valueInfo('images', elementType.float, dims)],
      output: [valueInfo('seen', elementType.float, dims)],
    },
  })
  const spec = { inputName: 'images', ...SIZE, batch, opset, pixels }
  i420Input.apply(model, { file: 'mirror.onnx', spec, options: { device } } as unknown as PassContext)
  return ort.InferenceSession.create(Buffer.from(ModelProto.encode(model).finish()))
}

async function seenBy(session: ort.InferenceSession, frames: readonly Uint8Array[]) {
  const dims = [frames.length, (SIZE.heightPx * 3) / 2, SIZE.widthPx]
  const input = new ort.Tensor('uint8', Buffer.concat(frames), dims)
  return (await session.run({ [INPUT_NAME]: input })).seen!.data as Float32Array
}

describe('I420 input', () => {
  it.each(formats.flatMap(format => (['cpu', 'gpu'] as const).map(device => [...format, device] as const)))(
    'gives %s, sample by sample',
    async (_, pixels, device) => {
      for (const opset of [11, 13, 20]) {
        const frames = [paintFrame(SIZE, 1), paintFrame(SIZE, 2)]
        const seen = await seenBy(await mirror(pixels, 'dynamic', opset, device), frames)
        const expected = frames.flatMap(frame => [...floatInputOf(frame, SIZE, pixels)])
        const worst = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - seen[i]!)), 0)
        expect(seen).toHaveLength(expected.length)
        expect(worst).toBeLessThan(1e-3 * 255 * pixels.scale)
      }
    },
  )

  it('takes one frame a run where the network does', async () => {
    const session = await mirror(formats[0]![1], 1, 13)
    await expect(seenBy(session, [paintFrame(SIZE, 1), paintFrame(SIZE, 2)])).rejects.toThrow(
      /dimension|shape/i,
    )
    expect(await seenBy(session, [paintFrame(SIZE, 1)])).toHaveLength(3 * SIZE.widthPx * SIZE.heightPx)
  })

  it('clips what no screen shows: the darkest and the brightest frame end at the limits', async () => {
    const session = await mirror(formats[1]![1], 1, 13)
    const bytes = (SIZE.widthPx * SIZE.heightPx * 3) / 2
    for (const value of [0, 255]) {
      const seen = await seenBy(session, [new Uint8Array(bytes).fill(value)])
      expect(Math.min(...seen)).toBeGreaterThanOrEqual(0)
      expect(Math.max(...seen)).toBeLessThanOrEqual(255)
    }
  })
})
