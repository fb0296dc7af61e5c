/** `ringside model check` and `compare` as people run them: known pictures and a model of known answers give a known accuracy; nothing is left behind. */
import { execFile, spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CheckResult } from '../../bin/model/check-report.js'
import type { Choice } from '../../bin/model/choice.js'
import type { Comparison } from '../../bin/model/compare.js'
import { packageRoot } from '../../shared/process/version.js'
import { writeLabelledPictures, writeSteadyModel } from '../tools/labelled-pictures.js'
import { within } from '../tools/outside-data.js'

const bin = path.join(packageRoot, 'dist/bin/ringside.js')
const photographs = within('RINGSIDE_TEST_IMAGES', 'coco128_val2017')
let dir: string
let pictures: string
let expected: { map50: number }
let env: NodeJS.ProcessEnv

beforeAll(async () => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-check-'))
  pictures = path.join(dir, 'pictures')
  const models = path.join(dir, 'models')
  const shm = path.join(dir, 'shm')
  for (const folder of [pictures, models, shm]) fs.mkdirSync(folder)
  writeSteadyModel(models, 'steady')
  expected = await writeLabelledPictures(pictures)
  // Not RINGSIDE_TEST_*: the command refuses variables that it does not know.
  env = {
    PATH: process.env.PATH,
    RINGSIDE_MODELS_DIR: models,
    RINGSIDE_DATA_DIR: path.join(dir, 'data'),
    RINGSIDE_SLAB_DIR: shm,
  }
})
afterAll(() => fs.rmSync(dir, { recursive: true }))

const ringside = (...args: string[]) =>
  promisify(execFile)(process.execPath, [bin, 'model', ...args], { env })

async function json<T>(...args: string[]): Promise<T> {
  return JSON.parse((await ringside(...args, '--json')).stdout) as T
}

const leftBehind = (): string[] => fs.readdirSync(path.join(dir, 'shm'))

describe('ringside model check', () => {
  it('gives the accuracy that is known', async () => {
    const result = await json<CheckResult>('check', 'steady', '--images', pictures)
    expect(result).toMatchObject({
      model: 'steady',
      family: 'yolov8',
      precision: 'fp32',
      detections: 8,
      labels: { format: 'YOLO', pictures: 4, unknownClasses: ['unicorn'] },
    })
    expect(result.map50).toBeCloseTo(expected.map50, 6)
    expect(result.map).toBeCloseTo(expected.map50, 6) // the boxes are exact: no threshold is too strict
    expect(result.classes.map(({ class: name, objects }) => [name, objects])).toEqual([
      ['cat', 4],
      ['dog', 4],
    ])
    expect(leftBehind()).toEqual([])
  })

  it('looks at as many pictures, and counts as low a score, as it is told', async () => {
    const two = await json<CheckResult>(
      'check',
      'steady',
      '--images',
      pictures,
      '--limit',
      '2',
      '--min-score',
      '0.85',
    )
    expect(two).toMatchObject({ detections: 2, labels: { pictures: 2 }, map50: 0.5 })
  })

  it('speaks to people', async () => {
    const { stdout } = await ringside('check', 'steady', '--images', pictures, '--nms-iou', '0.65')
    expect(stdout).toMatch(/steady \(yolov8, fp32, 64×64\) on 4 pictures/)
    expect(stdout).toContain('suppression at an overlap of 0.65')
    expect(stdout).toContain('not judged: 1 labelled classes that the model does not know (unicorn)')
    expect(stdout).toMatch(/mAP@50 +75\.25/)
  })

  it('tells what is wrong with the labels, by file and line', async () => {
    const broken = path.join(dir, 'broken')
    fs.cpSync(pictures, broken, { recursive: true })
    const file = path.join(broken, 'labels', '2.txt')
    fs.appendFileSync(file, '9 0.5 0.5 0.1 0.1\n')
    await expect(ringside('check', 'steady', '--images', broken)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`${file}:4: class 9 is not one of the 3`),
    })
    await expect(ringside('check', 'steady', '--images', path.join(dir, 'models'))).rejects.toMatchObject({
      stderr: expect.stringContaining('no labels were found'),
    })
    expect(leftBehind()).toEqual([])
  })

  it('leaves nothing behind where it is interrupted', async () => {
    const many = path.join(dir, 'many')
    for (const name of ['images', 'labels']) fs.mkdirSync(path.join(many, name), { recursive: true })
    fs.copyFileSync(path.join(pictures, 'classes.txt'), path.join(many, 'classes.txt'))
    for (let i = 0; i < 600; i++) {
      fs.copyFileSync(path.join(pictures, 'images/0.jpg'), path.join(many, `images/${i}.jpg`))
      fs.writeFileSync(path.join(many, `labels/${i}.txt`), '1 0.5 0.5 0.1 0.1\n')
    }
    const child = spawn(process.execPath, [bin, 'model', 'check', 'steady', '--images', many], {
      env,
      detached: true,
    })
    const ended = new Promise<NodeJS.Signals | null>(resolve =>
      child.once('exit', (_code, signal) => resolve(signal)),
    )
    await mapped(child.pid!)
    process.kill(-child.pid!, 'SIGINT')
    expect(await ended).toBe('SIGINT')
    expect(leftBehind()).toEqual([])
  })

  it.skipIf(photographs.missing)(
    `finds what its card says in photographs: ringside-nano${photographs.note}`,
    async () => {
      const args = ['check', 'ringside-nano', '--images', photographs.path, '--nms-iou', '0.65']
      const { classes } = await json<CheckResult>(...args)
      const person = classes.find(({ class: name }) => name === 'person')
      expect(person!.objects).toBe(350)
      expect(person!.map50).toBeGreaterThan(0.48)
      expect(person!.map50).toBeLessThan(0.52)
    },
  )
})

describe('ringside model compare', () => {
  it('measures what can be made, tells what cannot, and advises one of them', async () => {
    const args = ['compare', 'steady', '--images', pictures, '--rounds', '2']
    const { variants, missing, choice } = await json<Comparison & { choice: Choice }>(...args)
    expect(variants[0]!.name).toBe('steady')
    expect([...variants, ...missing].map(({ precision }) => precision).sort()).toEqual([
      'fp16',
      'fp32',
      'int8',
    ])
    for (const { accuracy, fileBytes, peakBytes, speed } of variants) {
      expect(accuracy.map50).toBeCloseTo(expected.map50, 2)
      expect(fileBytes).toBeGreaterThan(1000)
      expect(peakBytes).toBeGreaterThan(0)
      expect(speed.buckets.every(({ framesPerSecond }) => framesPerSecond > 0)).toBe(true)
    }
    expect(variants[0]!.speed.ratio.median).toBe(1)
    expect(variants.map(({ name }) => name)).toContain(choice.name)
    for (const { name } of [...variants, ...missing].slice(1))
      expect([...choice.reasons, ...missing.map(each => each.name)].join()).toContain(name)
    expect(leftBehind()).toEqual([])
  })
})

/** Once the process has mapped its slab, a file without a name, it is in the middle of its work. */
async function mapped(pid: number): Promise<void> {
  for (let i = 0; i < 400; i++) {
    if (fs.readFileSync(`/proc/${pid}/maps`, 'utf8').includes(`${path.join(dir, 'shm')}/#`)) return
    await new Promise(resolve => setTimeout(resolve, 25))
  }
  throw new Error('no slab was mapped within 10 s')
}
