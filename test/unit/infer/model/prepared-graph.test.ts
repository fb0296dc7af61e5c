/** The prepared graph gives what the original model and the family's plain decoder give, on the same pixels: for every model that has weights here. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import ort from 'onnxruntime-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { prepareModel } from '../../../../infer/model/prepare.js'
import type { FamilyName, PreparedModel } from '../../../../infer/model/prepared-model.js'
import { shippedModel } from '../../../../infer/model/resolve.js'
import { frameBytes, frameOf, paintFrame } from '../../../tools/i420.js'
import { outsideModel, vtestClip, within } from '../../../tools/outside-data.js'
import { PlainDetector } from '../../../tools/plain-detector.js'
import { expectBatchAlike, expectFaithful, runPrepared } from '../../../tools/same-candidates.js'

/** Of the 128 labelled pictures, evenly spread. */
const PICTURES = 12
const photographs = within('RINGSIDE_TEST_IMAGES', 'coco128_val2017/images')

let cacheDir: string
beforeAll(() => {
  cacheDir = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-prepared-'))
})
afterAll(() => fs.rmSync(cacheDir, { recursive: true }))

async function load(name: string, file: string) {
  const model = await prepareModel({ name, file, precision: 'fp32', cacheDir })
  const session = await ort.InferenceSession.create(model.file, { intraOpNumThreads: 2 })
  return { model, session }
}

async function expectEqual(
  name: string,
  file: string,
  framesFor: (model: PreparedModel) => readonly Uint8Array[],
): Promise<void> {
  const { model, session } = await load(name, file)
  await expectFaithful(session, await PlainDetector.load(file, 2), framesFor(model))
}

const painted = (model: PreparedModel): Uint8Array[] => [1, 3, 5].map(seed => paintFrame(model, seed))

const filling = ({ widthPx, heightPx }: PreparedModel): string => `scale=${widthPx}:${heightPx}`

const vtestFrames = (model: PreparedModel): Uint8Array[] =>
  [1, 20].map(atS => frameOf(vtestClip.path, filling(model), atS))

function photographFrames(model: PreparedModel): Uint8Array[] {
  const files = fs.readdirSync(photographs.path).sort()
  const step = files.length / PICTURES
  const chosen = Array.from({ length: PICTURES }, (_, i) => files[Math.floor(i * step)]!)
  return chosen.map(file => frameOf(path.join(photographs.path, file), filling(model)))
}

describe('the shipped model', () => {
  const { name, file } = shippedModel
  it('equals the original and the plain decoder on painted frames', () => expectEqual(name, file, painted))
  it.skipIf(vtestClip.missing)(`equals them on frames with people${vtestClip.note}`, () =>
    expectEqual(name, file, vtestFrames),
  )
  it('gives for four frames at once what it gives for each', async () => {
    const { model, session } = await load(name, file)
    await expectBatchAlike(session, model, painted(model))
  })
  it('has finite numbers for black, white and noise', async () => {
    const { model, session } = await load(name, file)
    for (const level of [0, 255]) {
      const frame = new Uint8Array(frameBytes(model)).fill(level)
      const [candidates] = await runPrepared(session, [frame], model)
      expect(candidates!.flat().every(Number.isFinite)).toBe(true)
    }
  })
})

describe.each<[string, FamilyName, PreparedModel['batch']]>([
  ['yolox_nano_416', 'yolox', 'dynamic'],
  ['yolox_nano_416_dyn', 'yolox', 'dynamic'],
  ['yolox_person_192', 'yolox', 'dynamic'],
  ['ringside/ringside_nano_416', 'yolox', 'dynamic'],
  ['ringside/ringside_nano_416_w16', 'yolox', 'dynamic'],
  ['nanodet_m_416', 'nanodet', 'dynamic'],
  ['yolov8n_640_wq8_dyn', 'yolov8', 'dynamic'],
  ['yolo11n_320_wq8_dyn', 'yolov8', 'dynamic'],
  ['yolov10n_640_wq8', 'end_to_end', 'dynamic'],
  ['yolo26n_640_wq8', 'end_to_end', 'dynamic'],
  ['deimv2_atto_320_fp32', 'rtdetr', 1],
])('%s', (name, family, batch) => {
  const { path: file, missing, note } = outsideModel(name)

  it.skipIf(missing)(`is of family ${family}, with batch ${batch}${note}`, async () => {
    const { model, session } = await load(name, file)
    expect(model).toMatchObject({ family, batch })
    if (batch === 'dynamic') await expectBatchAlike(session, model, painted(model))
  })
  it.skipIf(missing)(`equals the original and the plain decoder on painted frames${note}`, () =>
    expectEqual(name, file, painted),
  )
  it.skipIf(missing || photographs.missing)(
    `equals them on ${PICTURES} photographs${note}${photographs.note}`,
    () => expectEqual(name, file, photographFrames),
    60_000,
  )
})
