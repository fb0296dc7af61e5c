/** The prepared graph gives what the original model and the family's plain decoder give, on the same pixels. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import ort from 'onnxruntime-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Candidate } from '../../../../infer/model/families/family.js'
import { anchorCount } from '../../../../infer/model/families/grid.js'
import { prepareModel } from '../../../../infer/model/prepare.js'
import type { PreparedModel } from '../../../../infer/model/prepared-model.js'
import { shippedModel } from '../../../../infer/model/resolve.js'
import { floatInputOf, frameBytes, frameOf, paintFrame } from '../../../tools/i420.js'
import { outsideModel, vtestClip } from '../../../tools/outside-data.js'
import { PlainDetector } from '../../../tools/plain-detector.js'
import { encodeModel, syntheticModel } from '../../../tools/synthetic-model.js'

let cacheDir: string
beforeAll(() => {
  cacheDir = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-prepared-'))
})
afterAll(() => fs.rmSync(cacheDir, { recursive: true }))

async function load(name: string, file: string) {
  const model = await prepareModel({ name, file, precision: 'fp32', cacheDir })
  const session = await ort.InferenceSession.create(model.file, { intraOpNumThreads: 1 })
  return { model, session, plain: await PlainDetector.load(file) }
}

async function run(model: PreparedModel, session: ort.InferenceSession, frames: readonly Uint8Array[]) {
  const pixels = Buffer.concat(frames)
  const dims = [frames.length, (model.heightPx * 3) / 2, model.widthPx]
  const outputs = await session.run({ [model.inputName]: new ort.Tensor('uint8', pixels, dims) })
  const output = outputs[model.outputName]!
  expect(output.dims).toEqual([frames.length, model.maxCandidates, 6])
  return output.data as Float32Array
}

const rowsOf = (values: Float32Array): Candidate[] =>
  Array.from({ length: values.length / 6 }, (_, i) => [...values.subarray(i * 6, i * 6 + 6)] as Candidate)

/** Ranks agree by score; each row is a reference row of that score and class, wherever ties have put it. */
function expectSame(found: readonly Candidate[], reference: readonly Candidate[]): void {
  const near = (a: number, b: number) => Math.abs(a - b) <= 1e-4 + 1e-3 * Math.abs(b)
  found.forEach((row, rank) => {
    expect(
      near(row[4], reference[rank]![4]),
      `score of rank ${rank}: ${row[4]}, not ${reference[rank]![4]}`,
    ).toBe(true)
    const twin = reference.find(
      other =>
        other[5] === row[5] &&
        near(row[4], other[4]) &&
        [0, 1, 2, 3].every(i => Math.abs(row[i]! - other[i]!) < 0.1),
    )
    expect(twin, `rank ${rank}: ${row}`).toBeDefined()
  })
}

async function compare(
  name: string,
  file: string,
  frames: (model: PreparedModel) => Uint8Array[],
): Promise<void> {
  const { model, session, plain } = await load(name, file)
  const size = { widthPx: model.widthPx, heightPx: model.heightPx }
  for (const frame of frames(model)) {
    const found = rowsOf(await run(model, session, [frame]))
    expectSame(found, await plain.candidates(floatInputOf(frame, size, plain.family.pixels)))
  }
}

async function compareBatch(name: string, file: string): Promise<void> {
  const { model, session } = await load(name, file)
  const frames = [0, 1, 2, 3].map(seed => paintFrame(model, seed))
  const together = rowsOf(await run(model, session, frames))
  for (const [i, frame] of frames.entries()) {
    const alone = rowsOf(await run(model, session, [frame]))
    expectSame(together.slice(i * model.maxCandidates, (i + 1) * model.maxCandidates), alone)
  }
}

const vtestFrames = ({ widthPx, heightPx }: PreparedModel): Uint8Array[] =>
  [1, 20].map(atS => frameOf(vtestClip.path, `scale=${widthPx}:${heightPx}`, atS))

describe('the shipped model', () => {
  it('equals the original and the plain decoder on painted frames', () =>
    compare(shippedModel.name, shippedModel.file, model => [paintFrame(model, 1), paintFrame(model, 5)]))
  it.skipIf(vtestClip.missing)(`equals them on frames with people${vtestClip.note}`, () =>
    compare(shippedModel.name, shippedModel.file, vtestFrames),
  )
  it('gives for four frames at once what it gives for each', () =>
    compareBatch(shippedModel.name, shippedModel.file))
  it('has finite numbers for black, white and noise', async () => {
    const { model, session } = await load(shippedModel.name, shippedModel.file)
    for (const level of [0, 255]) {
      const values = await run(model, session, [new Uint8Array(frameBytes(model)).fill(level)])
      expect(values.every(Number.isFinite)).toBe(true)
    }
  })
})

describe.each([
  ['yolox_nano_416', 1],
  ['yolox_nano_416_dyn', 'dynamic'],
  ['yolox_person_192', 1],
  ['yolov8n_640_wq8_dyn', 'dynamic'],
  ['yolo11n_320_wq8_dyn', 'dynamic'],
] as const)('%s', (name, batch) => {
  const { path: file, missing, note } = outsideModel(name)
  const frames = (model: PreparedModel) => [
    paintFrame(model, 3),
    ...(vtestClip.missing ? [] : vtestFrames(model)),
  ]

  it.skipIf(missing)(`equals the original and the plain decoder${note}`, () => compare(name, file, frames))
  it.skipIf(missing)(`keeps its batch axis: ${batch}${note}`, async () => {
    expect((await load(name, file)).model.batch).toBe(batch)
    if (batch === 'dynamic') await compareBatch(name, file)
  })
})

describe.each([11, 13, 16, 18, 20])('a synthetic model of opset %i', opset => {
  const size = { widthPx: 96, heightPx: 64 }
  const anchors = anchorCount(size.widthPx, size.heightPx)
  const classCount = 7

  /** @param white what full brightness multiplies the table with. */
  const write = (
    name: string,
    outputDims: [number, number],
    white: number,
    isScore: (i: number) => boolean,
  ): string => {
    const file = path.join(cacheDir, `${name}_${opset}.onnx`)
    const table = Float32Array.from(
      { length: outputDims[0] * outputDims[1] },
      (_, i) => (isScore(i) ? noise(i) : noise(i) * 4 - 1) / white,
    )
    fs.writeFileSync(file, encodeModel(syntheticModel({ opset, ...size, outputDims, table })))
    return file
  }
  const frames = () => [paintFrame(size, 2), paintFrame(size, 4)]

  it('of YOLOX layout equals its plain decoder', async () => {
    const width = 5 + classCount
    const file = write('yolox', [anchors, width], 255, i => i % width >= 4)
    await compare('yolox', file, frames)
    await compareBatch('yolox', file)
  })

  it('of YOLOv8 layout equals its plain decoder', async () => {
    const file = write('yolov8', [4 + classCount, anchors], 1, i => i >= 4 * anchors)
    await compare('yolov8', file, frames)
    await compareBatch('yolov8', file)
  })
})

/** Spread over 0 … 1, the same in every run. */
function noise(i: number): number {
  const wave = Math.sin(i * 12.9898) * 43758.5453
  return wave - Math.floor(wave)
}
