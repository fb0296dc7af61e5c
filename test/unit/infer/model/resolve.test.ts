/** Names to files, files to class names, and the list of `ringside model ls`. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { classNamesFor } from '../../../../infer/model/classes.js'
import { listModels } from '../../../../infer/model/list.js'
import { parseClassNames } from '../../../../infer/model/onnx/class-names.js'
import { resolveModel, shippedModel } from '../../../../infer/model/resolve.js'

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

describe('resolveModel', () => {
  it('finds the shipped model with no folder', async () => {
    expect(await resolveModel('ringside-nano', '')).toEqual(shippedModel)
    expect(fs.existsSync(shippedModel.file)).toBe(true)
  })

  it('finds a name in the folder, even that of the shipped one', async () => {
    for (const name of ['yard', 'ringside-nano']) {
      const file = put(`${name}.onnx`)
      expect(await resolveModel(name, dir)).toEqual({ name, file })
    }
  })

  it('takes a path as it is', async () => {
    const file = put('my.v2.onnx')
    expect(await resolveModel(file, '')).toEqual({ name: 'my.v2', file })
    const relative = path.relative(process.cwd(), file)
    expect(await resolveModel(relative, dir)).toEqual({ name: 'my.v2', file })
  })

  it('names what was looked for, where, and the nearest there is', async () => {
    put('yolox_nano_416.onnx')
    const attempt = resolveModel('yolox_nano_418', dir)
    await expect(attempt).rejects.toMatchObject({
      code: 'model_not_found',
      key: 'model.name',
      value: 'yolox_nano_418',
    })
    await expect(attempt).rejects.toThrow(new RegExp(`${dir}.*nearest name is yolox_nano_416`))
  })

  it('proposes no name that is far off', async () => {
    await expect(resolveModel('zzz', '')).rejects.toThrow(/^(?!.*nearest).*modelsDir is empty/)
  })

  it('names the path that is not there', async () => {
    await expect(resolveModel('./none.onnx', dir)).rejects.toThrow(path.resolve('none.onnx'))
  })

  it('blames the folder that cannot be read', async () => {
    const attempt = resolveModel('yard', path.join(dir, 'none'))
    await expect(attempt).rejects.toMatchObject({ code: 'invalid_config', key: 'model.modelsDir' })
  })
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
  const listed = await listModels(dir)
  expect(listed.map(({ name, family }) => [name, family])).toEqual([
    ['broken', null],
    ['dangling', null],
    ['yard', 'yolox'],
    ['ringside-nano', 'yolox'],
  ])
  expect(listed[0]).toMatchObject({ bytes: 8, problem: expect.stringMatching(/expected an ONNX model/) })
  expect(listed[1]).toMatchObject({ bytes: null, problem: expect.stringMatching(/ENOENT/) })
  expect(listed[2]).toMatchObject({
    classCount: 6,
    widthPx: 416,
    heightPx: 416,
    bytes: 3172958,
    problem: null,
  })
})
