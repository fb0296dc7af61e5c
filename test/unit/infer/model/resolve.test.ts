/** Names to files, files to class names, and the list of `ringside model ls`. */
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { classNamesFor } from '../../../../infer/model/classes.js'
import { listModels } from '../../../../infer/model/list.js'
import { parseClassNames } from '../../../../infer/model/onnx/class-names.js'
import { ModelStore } from '../../../../infer/model/registry/store.js'
import {
  type ModelPlaces,
  plainPrecision,
  resolveModel,
  shippedModel,
} from '../../../../infer/model/resolve.js'

let dir: string
beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-resolve-'))
})
afterEach(() => fs.rmSync(dir, { recursive: true }))

const put = (name: string, text = ''): string => {
  const file = path.join(dir, name)
  fs.writeFileSync(file, text)
  return file
}

const none = (): ModelPlaces => ({ modelsDir: '', dataDir: path.join(dir, 'data') })
const folder = (): ModelPlaces => ({ modelsDir: dir, dataDir: path.join(dir, 'data') })

/** Puts bytes into the registry. */
async function register(name: string, text: string): Promise<string> {
  const file = put('to-add', text)
  const about = { name, source: 'to-add', licence: 'MIT', publishedMapPercent: null, catalogue: null }
  const addition = { about, file, sidecar: null, move: true, check: async () => undefined }
  return (await new ModelStore(none().dataDir).add(addition)).file
}

describe('a name without a precision', () => {
  it('means fp16 on a GPU and fp32 on a CPU, unless the settings say otherwise', () => {
    expect([plainPrecision('auto', 'gpu'), plainPrecision('auto', 'cpu')]).toEqual(['fp16', 'fp32'])
    expect([plainPrecision('fp32', 'gpu'), plainPrecision('fp16', 'cpu')]).toEqual(['fp32', 'fp16'])
  })

  it('keeps its name in the plain precision; one that has a precision keeps that', async () => {
    const of = async (wanted: string) => {
      const { name, precision } = await resolveModel(wanted, none(), 'fp16')
      return [name, precision]
    }
    expect(await of('ringside-nano')).toEqual(['ringside-nano', 'fp16'])
    expect(await of('ringside-nano@int8')).toEqual(['ringside-nano@int8', 'int8'])
    expect(await of('ringside-nano@fp16')).toEqual(['ringside-nano@fp16', 'fp16'])
    expect(await of('ringside-nano@fp32')).toEqual(['ringside-nano', 'fp32'])
    expect(await of(put('at@home.onnx'))).toEqual(['at@home', 'fp16'])
  })
})

describe('resolveModel', () => {
  it('finds the shipped model with no folder', async () => {
    expect(await resolveModel('ringside-nano', none())).toEqual(shippedModel)
    expect(fs.existsSync(shippedModel.file)).toBe(true)
  })

  it('finds a name in the folder, even that of the shipped one', async () => {
    for (const name of ['yard', 'ringside-nano']) {
      const file = put(`${name}.onnx`)
      expect(await resolveModel(name, folder())).toEqual({ name, file, precision: 'fp32' })
    }
  })

  it('looks into the folder, then into the registry, then at the shipped ones', async () => {
    const stored = await register('ringside-nano', 'another')
    const sha256 = createHash('sha256').update('another').digest('hex')
    const found = { name: 'ringside-nano', precision: 'fp32' }
    expect(await resolveModel('ringside-nano', folder())).toEqual({ ...found, file: stored, sha256 })
    const file = put('ringside-nano.onnx')
    expect(await resolveModel('ringside-nano', folder())).toEqual({ ...found, file })
  })

  it.each([
    ['ringside-nano@fp32', 'ringside-nano', 'fp32'],
    ['ringside-nano@fp16', 'ringside-nano@fp16', 'fp16'],
    ['ringside-nano@int8', 'ringside-nano@int8', 'int8'],
  ])('takes %s', async (wanted, name, precision) => {
    const calibrationsDir = path.join(dir, 'data/calibrations')
    const int8 = precision === 'int8' ? { calibrationsDir } : {}
    expect(await resolveModel(wanted, none())).toEqual({ ...shippedModel, name, precision, ...int8 })
  })

  it('names the precisions where another is asked for', async () => {
    const attempt = resolveModel('ringside-nano@int4', none())
    await expect(attempt).rejects.toMatchObject({
      code: 'invalid_model_name',
      value: 'ringside-nano@int4',
      remedy: expect.stringMatching(/fp32, fp16, int8/),
    })
  })

  it('takes a path as it is, with a precision or an @ of its own', async () => {
    const file = put('my.v2.onnx')
    const found = { name: 'my.v2', file, precision: 'fp32' }
    expect(await resolveModel(file, none())).toEqual(found)
    const relative = path.relative(process.cwd(), file)
    expect(await resolveModel(relative, folder())).toEqual(found)
    const half = { ...found, name: 'my.v2@fp16', precision: 'fp16' }
    expect(await resolveModel(`${file}@fp16`, none())).toEqual(half)
    const odd = put('me@home.onnx')
    expect(await resolveModel(odd, none())).toEqual({ name: 'me@home', file: odd, precision: 'fp32' })
  })

  it('names what was looked for, where, and the nearest there is', async () => {
    put('yolox_nano_416.onnx')
    const attempt = resolveModel('yolox_nano_418', folder())
    await expect(attempt).rejects.toMatchObject({
      code: 'model_not_found',
      key: 'model.name',
      value: 'yolox_nano_418',
    })
    await expect(attempt).rejects.toThrow(new RegExp(`${dir}.*nearest name is yolox_nano_416`))
  })

  it('proposes no name that is far off', async () => {
    await expect(resolveModel('zzz', none())).rejects.toThrow(/^(?!.*nearest).*modelsDir is empty/)
  })

  it('names the path that is not there', async () => {
    await expect(resolveModel('./none.onnx', folder())).rejects.toThrow(path.resolve('none.onnx'))
  })

  it('blames the folder that cannot be read', async () => {
    const attempt = resolveModel('yard', { ...none(), modelsDir: path.join(dir, 'none') })
    await expect(attempt).rejects.toMatchObject({ code: 'invalid_config', key: 'model.modelsDir' })
  })

  it('refuses a file of the registry that is not the one that was added', async () => {
    const file = await register('gate', 'as it was')
    const [was, is] = ['as it was', 'as it is!'].map(text => createHash('sha256').update(text).digest('hex'))
    expect(await resolveModel('gate@fp16', none())).toMatchObject({ sha256: was, name: 'gate@fp16' })
    fs.writeFileSync(file, 'as it is!')
    const attempt = resolveModel('gate', none())
    await expect(attempt).rejects.toMatchObject({ code: 'model_changed', value: file })
    await expect(attempt).rejects.toThrow(new RegExp(`${is}.*${was}`))
    const [listed] = await listModels(none())
    expect(listed).toMatchObject({ name: 'gate', digest: is, problem: expect.stringMatching(/has changed/) })
  })

  it.each(['..', '.hidden', 'a/b', 'catalogue', 'a'.repeat(65), '', 'ä', 'a b', 'x@int8', 'nul\0'])(
    'never makes a folder of %j',
    async name => {
      await expect(register(name, 'x')).rejects.toMatchObject({ code: 'invalid_model_name' })
      expect(await new ModelStore(none().dataDir).find(name)).toBeNull()
      expect(await new ModelStore(none().dataDir).remove(name)).toBe(false)
    },
  )
})

describe('class names', () => {
  it.each([
    ["{0: 'person', 1: \"driver's seat\", 2: 'a\\'b'}", ['person', "driver's seat", "a'b"]],
    ['["cat", "dog"]', ['cat', 'dog']],
    ['{"0": "cat", "1": "dog"}', ['cat', 'dog']],
    ["{0: 'cat', 2: 'dog'}", null],
    ['["cat", 3]', null],
    ['[broken', null],
    ['', null],
  ])('are read from %s', (text, names) => {
    expect(parseClassNames(text)).toEqual(names)
  })

  it('come from the metadata first, then from a file beside the model', async () => {
    const model = put('m.onnx')
    put('m.classes.txt', 'one\r\ntwo\n\n')
    expect(await classNamesFor(model, 2, ['a', 'b'])).toEqual(['a', 'b'])
    expect(await classNamesFor(model, 2, null)).toEqual(['one', 'two'])
    put('m.onnx.classes.txt', 'first\nsecond')
    expect(await classNamesFor(model, 2, ['too few'])).toEqual(['first', 'second'])
  })

  it('are those of COCO for 80 classes, numbers for others', async () => {
    const model = put('m.onnx')
    const coco = await classNamesFor(model, 80, null)
    expect([coco.length, coco[0], coco[79]]).toEqual([80, 'person', 'toothbrush'])
    expect(await classNamesFor(model, 3, null)).toEqual(['class_0', 'class_1', 'class_2'])
  })

  it('are refused from a file of another length', async () => {
    const model = put('m.onnx')
    const value = put('m.classes.txt', 'one')
    await expect(classNamesFor(model, 2, null)).rejects.toMatchObject({ code: 'model_invalid', value })
  })
})

it('listModels shows usable models and why others are not', async () => {
  put('broken.onnx', 'no model')
  put('notes.txt')
  fs.copyFileSync(shippedModel.file, path.join(dir, 'yard.onnx'))
  fs.symlinkSync(path.join(dir, 'gone'), path.join(dir, 'dangling.onnx'))
  const listed = await listModels(folder())
  expect(listed.map(({ name, family, origin }) => [name, family, origin])).toEqual([
    ['broken', null, 'folder'],
    ['dangling', null, 'folder'],
    ['yard', 'yolox', 'folder'],
    ['ringside-nano', 'yolox', 'shipped'],
  ])
  expect(listed[0]).toMatchObject({ bytes: 8, problem: expect.stringMatching(/expected an ONNX model/) })
  expect(listed[1]).toMatchObject({ bytes: null, digest: null, problem: expect.stringMatching(/ENOENT/) })
  expect(listed[2]).toMatchObject({
    classes: expect.objectContaining({ length: 6 }),
    widthPx: 416,
    heightPx: 416,
    bytes: 3172958,
    digest: '865e8fe4eb0963f42f76e5136574aeb0a2a204c43167ee2ef55fc853474b7425',
    problem: null,
  })
})
