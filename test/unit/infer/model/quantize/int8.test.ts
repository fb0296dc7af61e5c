/** From frames to a calibration to a graph in int8 that gives nearly what the float graph gave. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import ort from 'onnxruntime-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { int8 } from '../../../../../infer/model/passes/int8.js'
import { type CalibrateOptions, calibrate } from '../../../../../infer/model/quantize/calibrate.js'
import {
  type Calibration,
  networkDigest,
  readCalibration,
  writeCalibration,
} from '../../../../../infer/model/quantize/calibration.js'
import { quantisedLayers } from '../../../../../infer/model/quantize/layers.js'
import { planOf } from '../../../../../infer/model/quantize/plan.js'
import { bytesOf, copyOf, type NetworkOptions, smallNetwork } from '../../../../tools/small-network.js'

const size = { widthPx: 32, heightPx: 32 }
/** Soft colours inside the RGB cube: folding the stem clips no others. */
const frameOf = (seed: number): Uint8Array =>
  Uint8Array.from({ length: 32 * 48 }, (_, i) => {
    const wave = Math.sin((i % 32) / (3 + seed)) * Math.cos(Math.floor(i / 32) / (2 + seed / 2))
    return i < 32 * 32 ? 120 + 60 * wave : 128 + 10 * wave
  })
const frames = [0, 1, 2, 3].map(frameOf)

async function* given(list: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* list
}

function calibrated(
  bytes: Uint8Array,
  options: Partial<CalibrateOptions> = {},
  list = frames,
): Promise<Calibration> {
  return calibrate(bytes, given(list), { method: 'minmax', percentile: 99, threads: 1, ...options })
}

async function run(bytes: Uint8Array, frame: Uint8Array): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(bytes, { intraOpNumThreads: 1, logSeverityLevel: 3 })
  const input = new ort.Tensor('uint8', frame, [1, (size.heightPx * 3) / 2, size.widthPx])
  return (await session.run({ i420: input })).candidates!.data as Float32Array
}

async function quantised(network: NetworkOptions, change: (calibration: Calibration) => Calibration = same) {
  const { model, context } = smallNetwork(network)
  const calibration = change(await calibrated(bytesOf(model)))
  const graph = copyOf(model)
  int8.apply(graph, { ...context, options: { ...context.options, calibration } })
  return { float: bytesOf(model), int8: bytesOf(graph), graph }
}

const same = (calibration: Calibration): Calibration => calibration

describe('calibration', () => {
  it('does not depend on the order of the frames', async () => {
    const bytes = bytesOf(smallNetwork().model)
    const [one, other] = [await calibrated(bytes), await calibrated(bytes, {}, frames.toReversed())]
    expect(Object.keys(one.tensors).length).toBeGreaterThan(5)
    for (const [name, { min, max, noise }] of Object.entries(one.tensors)) {
      expect(other.tensors[name]).toMatchObject({ min, max })
      expect(other.tensors[name]!.noise).toBeCloseTo(noise, 9) // of sums, whose rounding depends on order
    }
  })

  it('by percentile lies within that by extremes', async () => {
    const bytes = bytesOf(smallNetwork().model)
    const [all, most] = [await calibrated(bytes), await calibrated(bytes, { method: 'percentile' })]
    expect(Object.keys(most.tensors)).toEqual(Object.keys(all.tensors))
    for (const [name, { min, max }] of Object.entries(most.tensors)) {
      expect(min).toBeGreaterThanOrEqual(all.tensors[name]!.min)
      expect(max).toBeLessThanOrEqual(all.tensors[name]!.max)
    }
    expect(most).not.toEqual(all)
  })

  it('of no frame is refused', async () => {
    await expect(calibrated(bytesOf(smallNetwork().model), {}, [])).rejects.toMatchObject({
      code: 'calibration_invalid',
    })
  })

  it('is of the network, not of how many candidates are chosen behind it', () => {
    const { model } = smallNetwork()
    const other = copyOf(model)
    other.graph!.node!.push({
      opType: 'Identity',
      name: 'n',
      input: ['candidates'],
      output: ['ringside/output/x'],
      attribute: [],
    })
    expect(networkDigest(other.graph!)).toBe(networkDigest(model.graph!))
    other.graph!.initializer![0]!.rawData![0]! ^= 1
    expect(networkDigest(other.graph!)).not.toBe(networkDigest(model.graph!))
  })
})

describe('the pass int8', () => {
  for (const network of [{}, { stem: 'focus' }, { opset: 11 }, { opset: 17 }] as NetworkOptions[]) {
    it(`gives nearly what float gives: ${JSON.stringify(network)}`, async () => {
      const { float, int8: bytes } = await quantised(network)
      for (const frame of [...frames, frameOf(9)]) {
        const [wanted, found] = [await run(float, frame), await run(bytes, frame)]
        const error = found.reduce((sum, value, i) => sum + Math.abs(value - wanted[i]!), 0) / found.length
        const spread = Math.max(...wanted) - Math.min(...wanted)
        expect(spread).toBeGreaterThan(0.1)
        expect(error).toBeLessThan(0.03 * spread)
      }
    })
  }

  it('keeps the first convolution float and takes the others, with weights a fourth in size', async () => {
    const { int8: bytes, graph } = await quantised({})
    // The first is two by now: of brightness, and of colour. The conversion is none any more.
    expect(quantisedLayers(bytes)).toEqual({ int8: 4, float: 2 })
    const weights = graph.graph!.initializer!.filter(
      ({ dims, dataType }) => dims?.length === 4 && dataType === 3,
    )
    expect(weights).toHaveLength(4)
    for (const gone of ['ConvTranspose', 'Resize']) {
      expect(graph.graph!.node!.some(({ opType }) => opType === gone)).toBe(false)
    }
  })

  it('leaves a tensor float that loses too much, and what reads it', async () => {
    const { model } = smallNetwork()
    const plan = planOf(model.graph!, new Set())
    const [, first] = [...plan.convolutions]
    const noisy = (calibration: Calibration): Calibration => ({
      ...calibration,
      tensors: Object.fromEntries(
        Object.entries(calibration.tensors).map(([name, range]) => [
          name,
          name === first!.input![0] ? { ...range, noise: 0.5 } : range,
        ]),
      ),
    })
    const { float, int8: bytes } = await quantised({}, noisy)
    expect(quantisedLayers(bytes)).toEqual({ int8: 3, float: 3 })
    const [wanted, found] = [await run(float, frames[1]!), await run(bytes, frames[1]!)]
    found.forEach((value, i) => {
      expect(Math.abs(value - wanted[i]!)).toBeLessThan(0.1)
    })
  })

  it('quantises each tensor of a concat, and what it pools, alike', () => {
    const { model } = smallNetwork()
    const plan = planOf(model.graph!, new Set())
    const concat = model.graph!.node!.find(({ opType }) => opType === 'Concat')!
    const groups = [...concat.input!, ...concat.output!].map(plan.groupOf)
    expect(new Set(groups).size).toBe(1)
  })

  it('leaves scores room that no frame of the calibration took', () => {
    const { model } = smallNetwork()
    const { logits, tensors } = planOf(model.graph!, new Set())
    const last = model.graph!.node!.findLast(({ opType }) => opType === 'Conv')!
    expect([...logits]).toEqual(last.output)
    expect(tensors).toContain(last.output![0])
  })

  it('asks for a calibration, and refuses that of another model', async () => {
    const { model, context } = smallNetwork()
    expect(() => int8.apply(copyOf(model), context)).toThrow(
      expect.objectContaining({ code: 'calibration_missing', remedy: expect.stringContaining('quantize') }),
    )
    const calibration = await calibrated(bytesOf(smallNetwork({ stem: 'focus' }).model))
    const options = { ...context.options, calibration }
    expect(() => int8.apply(copyOf(model), { ...context, options })).toThrow(
      expect.objectContaining({ code: 'calibration_invalid' }),
    )
  })

  it('leaves other precisions as they are', () => {
    const { model, context } = smallNetwork()
    const before = bytesOf(model)
    int8.apply(model, { ...context, options: { ...context.options, precision: 'fp32' } })
    expect(bytesOf(model)).toEqual(before)
  })
})

describe('a calibration on disk', () => {
  let dir: string
  beforeAll(() => {
    dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-calibration-'))
  })
  afterAll(() => fs.rmSync(dir, { recursive: true }))

  it('is read as it was written', async () => {
    const calibration = await calibrated(bytesOf(smallNetwork().model))
    const file = path.join(dir, 'deep', 'x.json')
    await writeCalibration(file, calibration)
    expect(await readCalibration(file)).toEqual(calibration)
    expect(await readCalibration(path.join(dir, 'none.json'))).toBeNull()
  })

  for (const text of ['{', '{}', '[1]', '{"network":"x"}']) {
    it(`is refused where it is none: ${text}`, async () => {
      const file = path.join(dir, 'bad.json')
      fs.writeFileSync(file, text)
      await expect(readCalibration(file)).rejects.toMatchObject({ code: 'calibration_invalid' })
    })
  }
})
