/**
 * Accuracy of the whole path: picture → H.264 → ingest's filters → prepared model → suppression → source pixels finds
 * what a plain float run of the original model on the original picture finds, and finds little else.
 */
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import ort from 'onnxruntime-node'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { prepareModel } from '../../infer/model/prepare.js'
import type { PreparedModel } from '../../infer/model/prepared-model.js'
import { shippedModel } from '../../infer/model/resolve.js'
import { detectionsOf } from '../../infer/postprocess/detections.js'
import type { Detection } from '../../shared/detection/message.js'
import { outsideModel, vtestClip, within } from '../tools/outside-data.js'
import { PlainDetector } from '../tools/plain-detector.js'
import { type Recall, ratioOf, recallOf, sumOf } from '../tools/recall.js'
import { decodeStill, encodeStill } from '../tools/still-camera.js'

const SURE = 0.5
const FOUND_AGAIN = 0.3
const MAX_IOU = 0.5
const LEAST_RATIO = 0.95
/** A poor model that H.264 alone upsets: a plain run of the compressed pictures, too, finds 84 of the 92 of the originals again. */
const LEAST_RATIO_OF_THE_WEAK = 0.85
/** Fewer detections to find again would prove nothing. */
const LEAST_WANTED = 50
const CLIP_FRAMES = 16

const photographs = within('RINGSIDE_TEST_IMAGES', 'coco128_val2017/images')
/** Without photographs, frames of Debian's surveillance clip: persons only, yet real. */
const source = photographs.missing ? vtestClip : photographs
const of = photographs.missing ? 'frames of vtest.avi' : 'photographs'

let dir: string
let pictures: string[]
const frames = new Map<string, Uint8Array>()

beforeAll(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-accuracy-'))
  if (source.missing) return
  pictures = photographs.missing ? clipFrames() : filesOf(photographs.path)
  for (const [i, picture] of pictures.entries()) encodeStill(picture, videoOf(i))
}, 300_000)
afterAll(() => fs.rmSync(dir, { recursive: true }))

const filesOf = (folder: string): string[] =>
  fs
    .readdirSync(folder)
    .sort()
    .map(name => path.join(folder, name))

const videoOf = (i: number): string => path.join(dir, `${i}.mp4`)

function clipFrames(): string[] {
  const folder = path.join(dir, 'pictures')
  fs.mkdirSync(folder)
  const rate = ['-vf', 'fps=1/4', '-frames:v', String(CLIP_FRAMES)]
  execFileSync('ffmpeg', [
    '-v',
    'error',
    '-nostdin',
    '-i',
    vtestClip.path,
    ...rate,
    path.join(folder, '%03d.png'),
  ])
  return filesOf(folder)
}

/** Decoded once for all models of one input. */
function frameOf(i: number, model: PreparedModel): Uint8Array {
  const { anchor, padValue } = model.letterbox
  const key = `${i} ${model.widthPx}×${model.heightPx} ${anchor} ${padValue}`
  const frame = frames.get(key) ?? decodeStill(videoOf(i), model)
  frames.set(key, frame)
  return frame
}

async function detect(i: number, model: PreparedModel, session: ort.InferenceSession): Promise<Detection[]> {
  const { width, height } = await sharp(pictures[i]).metadata()
  const dims = [1, (model.heightPx * 3) / 2, model.widthPx]
  const input = new ort.Tensor('uint8', frameOf(i, model), dims)
  const candidates = (await session.run({ [model.inputName]: input }))[model.outputName]!.data as Float32Array
  const size = { widthPx: width & ~1, heightPx: height & ~1 }
  const frame = { stream: 'still', epoch: 1, seq: i, source: size }
  return detectionsOf(candidates, 0, frame, model, {
    minScore: FOUND_AGAIN,
    maxIou: model.nms ? MAX_IOU : 1,
  })
}

async function measure(
  name: string,
  file: string,
  count: number,
): Promise<{ recall: Recall; precision: Recall }> {
  const model = await prepareModel({ name, file, precision: 'fp32', cacheDir: dir })
  const session = await ort.InferenceSession.create(model.file, { intraOpNumThreads: 2 })
  const plain = await PlainDetector.load(file, 2)
  const recalls: Recall[] = []
  const precisions: Recall[] = []
  for (const [i, picture] of pictures.slice(0, count).entries()) {
    const theirs = await plain.detect(picture, FOUND_AGAIN, MAX_IOU)
    const ours = await detect(i, model, session)
    recalls.push(recallOf(theirs.filter(isSure), ours))
    precisions.push(recallOf(ours.filter(isSure), theirs))
  }
  return { recall: sumOf(recalls), precision: sumOf(precisions) }
}

const isSure = ({ score }: { score: number }): boolean => score >= SURE

/** @param most pictures to take: large inputs take long. @param least share that must be found again, either way. */
async function expectFaithful(
  name: string,
  file: string,
  most = pictures.length,
  least: number = LEAST_RATIO,
): Promise<void> {
  const count = Math.min(most, pictures.length)
  const { recall, precision } = await measure(name, file, count)
  console.log(
    `${name} on ${count} ${of}: ${recall.found} of ${recall.wanted} found again, ` +
      `${precision.found} of ${precision.wanted} known to the plain run`,
  )
  expect(recall.wanted).toBeGreaterThan(LEAST_WANTED)
  expect(ratioOf(recall)).toBeGreaterThanOrEqual(least)
  expect(ratioOf(precision)).toBeGreaterThanOrEqual(least)
}

describe(`the whole path against a plain run, on ${of}`, () => {
  it.skipIf(source.missing)(
    `is faithful: ${shippedModel.name}${source.note}`,
    () => expectFaithful(shippedModel.name, shippedModel.file),
    300_000,
  )
  for (const [name, most, least] of [
    ['yolox_nano_416', 128, LEAST_RATIO],
    ['yolo11n_320_wq8_dyn', 128, LEAST_RATIO],
    ['nanodet_m_416', 64, LEAST_RATIO],
    ['yolov10n_640_wq8', 48, LEAST_RATIO],
    ['yolo26n_640_wq8', 48, LEAST_RATIO],
    ['deimv2_atto_320_fp32', 128, LEAST_RATIO_OF_THE_WEAK],
  ] as const) {
    const { path: file, missing, note } = outsideModel(name)
    it.skipIf(missing || source.missing)(
      `is faithful: ${name}${note}${source.note}`,
      () => expectFaithful(name, file, most, least),
      300_000,
    )
  }
})
