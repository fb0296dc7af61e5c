/** The promise of preparation: mAP of fp32 within 0.2 points of the original's, fp16 within 0.3, on photographs. Needs weights and photographs from outside. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadConfig } from '../../config/load.js'
import type { Config } from '../../config/schema.js'
import { shippedModel } from '../../infer/model/resolve.js'
import { measureAccuracy } from '../bench/accuracy/measure.js'
import { outsideModel, within } from '../tools/outside-data.js'

const photographs = within('RINGSIDE_TEST_IMAGES', 'coco128_val2017')
const FP32_LOSS = 0.002
const FP16_LOSS = 0.003
/** The exporter's preprocessing resamples otherwise: on 128 photographs that alone moves the mAP by half a point either way. */
const OWN_PREPROCESSING_LOSS = 0.01

let dir: string
let config: Config
beforeAll(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-accuracy-'))
  const models = process.env.RINGSIDE_TEST_MODELS
  config = loadConfig({ RINGSIDE_DATA_DIR: dir, ...(models && { RINGSIDE_MODELS_DIR: models }) })
})
afterAll(() => fs.rmSync(dir, { recursive: true }))

async function expectKept(name: string, file: string): Promise<void> {
  const measured = await measureAccuracy(name, file, { images: photographs.path }, config)
  const mapOf = (way: string): number => measured.find(each => each.way === way)!.accuracy.map!
  const original = mapOf('original, frames of streams')
  expect(original).toBeGreaterThan(0.2)
  expect(Math.abs(mapOf('fp32') - original)).toBeLessThanOrEqual(FP32_LOSS)
  expect(Math.abs(mapOf('fp16') - original)).toBeLessThanOrEqual(FP16_LOSS)
  expect(mapOf('fp32')).toBeGreaterThan(mapOf('original, own preprocessing') - OWN_PREPROCESSING_LOSS)
}

describe('preparation keeps the accuracy', () => {
  it.skipIf(photographs.missing)(
    `of ${shippedModel.name}${photographs.note}`,
    () => expectKept(shippedModel.name, shippedModel.file),
    240_000,
  )
  for (const name of ['yolox_nano_416', 'yolo11n_320_wq8_dyn', 'nanodet_m_416']) {
    const { path: file, missing, note } = outsideModel(name)
    it.skipIf(missing || photographs.missing)(
      `of ${name}${note}${photographs.note}`,
      () => expectKept(name, file),
      240_000,
    )
  }
})
