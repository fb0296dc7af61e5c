/** `ringside model quantize` as people run it: a model in int8 that finds what it found in float, and an error where there is no calibration. */
import { execFile, execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import ort from 'onnxruntime-node'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CheckResult } from '../../bin/model/check-report.js'
import type { Candidate } from '../../infer/model/families/family.js'
import { prepareModel } from '../../infer/model/prepare.js'
import type { PreparedModel } from '../../infer/model/prepared-model.js'
import { resolveModel } from '../../infer/model/resolve.js'
import { packageRoot } from '../../shared/process/version.js'
import { frameOf, paintFrame } from '../tools/i420.js'
import { outsideModel, vtestClip, within } from '../tools/outside-data.js'
import { plainIou } from '../tools/plain-detector.js'
import { runPrepared } from '../tools/same-candidates.js'

const bin = path.join(packageRoot, 'dist/bin/ringside.js')
/** Of COCO's mAP@50:95: what the issue of int8 allows YOLOX-Nano. */
const MOST_LOSS = 0.025
const photographs = within('RINGSIDE_TEST_IMAGES', 'coco128_val2017')
const clips = within('RINGSIDE_TEST_CLIPS', '')
const nano = outsideModel('yolox_nano_416')

let dir: string
let env: NodeJS.ProcessEnv
const dataDir = (): string => path.join(dir, 'data')

beforeAll(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-quantize-'))
  const shm = path.join(dir, 'shm')
  fs.mkdirSync(shm)
  // Not RINGSIDE_TEST_*: the command refuses variables that it does not know.
  env = { PATH: process.env.PATH, RINGSIDE_DATA_DIR: dataDir(), RINGSIDE_SLAB_DIR: shm }
})
afterAll(() => fs.rmSync(dir, { recursive: true }))

async function json<T>(...args: string[]): Promise<T> {
  const { stdout } = await promisify(execFile)(process.execPath, [bin, 'model', ...args, '--json'], { env })
  return JSON.parse(stdout) as T
}

async function paintedPictures(): Promise<string> {
  const folder = path.join(dir, 'painted')
  fs.mkdirSync(folder)
  for (let seed = 0; seed < 5; seed++) {
    const grey = paintFrame({ widthPx: 416, heightPx: 416 }, seed).subarray(0, 416 * 416)
    const picture = sharp(grey, { raw: { width: 416, height: 416, channels: 1 } })
    await picture.png().toFile(path.join(folder, `${seed}.png`))
  }
  return folder
}

async function candidatesOf(name: string, frames: readonly Uint8Array[]): Promise<Candidate[][]> {
  const model = await prepare(name)
  const session = await ort.InferenceSession.create(model.file, { intraOpNumThreads: 2, logSeverityLevel: 3 })
  const found: Candidate[][] = []
  for (const frame of frames) found.push(...(await runPrepared(session, [frame], model)))
  return found
}

async function prepare(name: string): Promise<PreparedModel> {
  const found = await resolveModel(name, { modelsDir: '', dataDir: dataDir() })
  return prepareModel({ ...found, cacheDir: path.join(dataDir(), 'prepared') })
}

interface Result {
  frames: number
  fp32Bytes: number
  int8Bytes: number
  calibrationFile: string
  layers: { int8: number; float: number }
}

describe('ringside model quantize', () => {
  it('is asked for by who names @int8 before', async () => {
    await expect(json('prepare', 'ringside-nano@int8')).rejects.toMatchObject({
      stderr: expect.stringMatching(/calibration_missing.*ringside model quantize/),
    })
  })

  it('wants frames, of one source', async () => {
    await expect(json('quantize', 'ringside-nano')).rejects.toMatchObject({
      stderr: expect.stringContaining('invalid_request'),
    })
    await expect(json('quantize', 'ringside-nano', '--images', dir, '--clip', dir)).rejects.toMatchObject({
      stderr: expect.stringContaining('cannot be used with'),
    })
  })

  it('makes the shipped model a third in size, and one that streams may name', async () => {
    const images = await paintedPictures()
    const result = await json<Result>('quantize', 'ringside-nano', '--images', images, '--frames', '4')
    expect(result.frames).toBe(4)
    expect(result.layers.int8).toBeGreaterThan(10 * result.layers.float)
    expect(result.int8Bytes).toBeLessThan(result.fp32Bytes * 0.4)
    expect(fs.existsSync(result.calibrationFile)).toBe(true)
    const { models } = await json<{ models: { name: string }[] }>('ls')
    expect(models.map(({ name }) => name)).toContain('ringside-nano@int8')
  })

  it('leaves the scores of the shipped model near what they were', async () => {
    const frames = [0, 2].map(seed => paintFrame({ widthPx: 416, heightPx: 416 }, seed))
    const [float, int8] = [
      await candidatesOf('ringside-nano', frames),
      await candidatesOf('ringside-nano@int8', frames),
    ]
    float.forEach((candidates, frame) => {
      candidates.forEach(([, , , , score], rank) => {
        expect(Math.abs(int8[frame]![rank]![4] - score)).toBeLessThan(0.08)
      })
    })
  })

  it.skipIf(vtestClip.missing)(
    `finds the people of a clip that it was calibrated on${vtestClip.note}`,
    async () => {
      await json('quantize', 'ringside-nano', '--clip', vtestClip.path, '--frames', '5')
      const frames = [3, 21, 50].map(atS => frameOf(vtestClip.path, 'scale=416:416', atS))
      const float = await candidatesOf('ringside-nano', frames)
      const int8 = await candidatesOf('ringside-nano@int8', frames)
      const wanted = float.flatMap((rows, frame) =>
        rows.filter(row => row[4] > 0.5).map(row => ({ frame, row })),
      )
      const found = wanted.filter(({ frame, row }) =>
        int8[frame]!.some(other => other[5] === row[5] && other[4] > 0.3 && plainIou(row, other) > 0.6),
      )
      expect(wanted.length).toBeGreaterThan(5)
      expect(found.length / wanted.length).toBeGreaterThan(0.9)
    },
  )

  it.skipIf(nano.missing || photographs.missing || clips.missing)(
    `costs YOLOX-Nano at most 2.5 points of mAP, calibrated on clips${nano.note}${photographs.note}${clips.note}`,
    async () => {
      const images = clipPictures()
      await json('quantize', nano.path, '--images', images, '--frames', '28')
      const check = async (name: string): Promise<number> => {
        const args = ['--images', photographs.path, '--nms-iou', '0.65']
        return (await json<CheckResult>('check', name, ...args)).map ?? 0
      }
      const [float, int8] = [await check(nano.path), await check(`${nano.path}@int8`)]
      console.log(`YOLOX-Nano mAP@50:95: ${float.toFixed(4)} in fp32, ${int8.toFixed(4)} in int8`)
      expect(float).toBeGreaterThan(0.3)
      expect(int8).toBeGreaterThan(float - MOST_LOSS)
    },
    240_000,
  )
})

/** Four of each clip: none of them is among the labelled pictures. */
function clipPictures(): string {
  const folder = path.join(dir, 'clips')
  fs.mkdirSync(folder)
  for (const file of fs.readdirSync(clips.path).filter(name => name.endsWith('.mp4'))) {
    for (const atS of [0.5, 2.5, 4.5, 6.5]) {
      const picture = path.join(folder, `${file}-${atS}.png`)
      const args = ['-v', 'error', '-nostdin', '-ss', String(atS), '-i', path.join(clips.path, file)]
      execFileSync('ffmpeg', [...args, '-frames:v', '1', picture])
    }
  }
  return folder
}
