/** What a job may be told to read, and how its command line looks. */
import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { jobArguments } from '../../../../infer/model-jobs/arguments.js'
import { CommandOutput } from '../../../../infer/model-jobs/command-output.js'
import { digestOfHeader } from '../../../../publish/api/upload.js'
import { tempDataDir } from '../../../tools/model-server.js'

let dataDir: string
let modelsDir: string
beforeAll(() => {
  dataDir = fs.realpathSync(tempDataDir())
  modelsDir = path.join(dataDir, 'mine')
  for (const folder of ['datasets/coco', 'datasets2', 'mine/pictures'])
    fs.mkdirSync(path.join(dataDir, folder), { recursive: true })
  fs.symlinkSync('/etc', path.join(dataDir, 'datasets/out'))
  fs.symlinkSync(path.join(dataDir, 'datasets/coco'), path.join(dataDir, 'datasets/in'))
})
afterAll(() => fs.rmSync(dataDir, { recursive: true }))

const check = (images: string) =>
  jobArguments({ kind: 'check', model: 'a@fp16', options: { images, limit: 5 } }, { dataDir, modelsDir })

describe('the command line of a job', () => {
  it('names the model last, behind --, and options as flags', async () => {
    const images = path.join(dataDir, 'datasets/coco')
    expect(await check('coco')).toEqual([
      'check',
      '--json',
      '--images',
      images,
      '--limit',
      '5',
      '--',
      'a@fp16',
    ])
    expect(await check('in')).toContain(images)
    expect(await check(images)).toContain(images)
    expect(await check(path.join(modelsDir, 'pictures'))).toContain(path.join(modelsDir, 'pictures'))
  })

  it.each(['/etc', '..', '../datasets2', 'out', 'out/passwd', 'none', '', '../../../../etc/passwd'])(
    'never leads to %j',
    async images => {
      const attempt = check(images)
      if (images === '') expect(await attempt).toContain(path.join(dataDir, 'datasets'))
      else
        await expect(attempt).rejects.toMatchObject({ code: 'invalid_request', key: 'images', value: images })
    },
  )

  it('of an upload names its file, its name and its digest', async () => {
    const options = { file: '/data/models/.incoming/1.upload', sha256: 'ab', licence: 'MIT' }
    expect(await jobArguments({ kind: 'add', model: 'gate', options }, { dataDir, modelsDir: '' })).toEqual([
      'add',
      '--json',
      '--name',
      'gate',
      '--sha256',
      'ab',
      '--licence',
      'MIT',
      '--',
      options.file,
    ])
  })
})

describe('the output of a command', () => {
  it('is progress, a problem and words, however it is cut', () => {
    const told: unknown[] = []
    const output = new CommandOutput(progress => told.push(progress))
    const text =
      '{"progress":{"step":"x","done":1}}\nsome words\n{odd\n{"problem":{"code":"no_network"}}\nlast'
    for (const letter of text) output.takeNotes(Buffer.from(letter))
    expect(told).toEqual([{ step: 'x', done: 1 }])
    expect(output.problem).toEqual({ code: 'no_network' })
    expect(output.lastWords).toBe('some words\n{odd\nlast')
  })

  it('is a result where it is whole JSON of bounded size', () => {
    const output = new CommandOutput(() => undefined)
    output.takeResult(Buffer.from('{"a":'))
    expect(() => output.result()).toThrow(/no JSON/)
    output.takeResult(Buffer.from('1}'))
    expect(output.result()).toEqual({ a: 1 })
    output.takeResult(Buffer.alloc(600_000, 32))
    expect(() => output.result()).toThrow(/over 524288 bytes/)
  })
})

it('a digest is read from Repr-Digest, whatever stands beside it', () => {
  const base64 = Buffer.alloc(32, 0xab).toString('base64')
  const hex = 'ab'.repeat(32)
  expect(digestOfHeader(`sha-256=:${base64}:`)).toBe(hex)
  expect(digestOfHeader(`sha-512=:${base64}:, sha-256=:${base64}:`)).toBe(hex)
  expect(digestOfHeader(undefined)).toBeNull()
  expect(digestOfHeader('md5=:abc=:')).toBeNull()
  expect(digestOfHeader('sha-256=:short=:')).toBeNull()
})
