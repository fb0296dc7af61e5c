/** The model.yml beside a model: where it is looked for, what it changes, and what is said of a mistake in it. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { prepareModel } from '../../../../infer/model/prepare.js'
import { parseSidecar, readSidecar } from '../../../../infer/model/sidecar.js'
import { contractNamed } from '../../../tools/contracts.js'
import { encodeModel, type SyntheticHead, syntheticModel } from '../../../tools/synthetic-model.js'

let dir: string
beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-sidecar-'))
})
afterEach(() => fs.rmSync(dir, { recursive: true }))

const at = (name: string): string => path.join(dir, name)
const write = (name: string, text = ''): void => fs.writeFileSync(at(name), text)

describe('the file', () => {
  it('is named as the model', async () => {
    write('a.onnx')
    write('b.onnx')
    write('a.model.yml', 'minScore: 0.4')
    expect(await readSidecar(at('a.onnx'))).toEqual({ minScore: 0.4 })
    expect(await readSidecar(at('b.onnx'))).toEqual({})
  })

  it('may be model.yml where the model is alone', async () => {
    write('a.onnx')
    write('model.yml', 'nms: false')
    expect(await readSidecar(at('a.onnx'))).toEqual({ nms: false })
    write('b.onnx')
    expect(await readSidecar(at('a.onnx'))).toEqual({})
  })

  it('of its own name goes before model.yml', async () => {
    write('a.onnx')
    write('model.yml', 'nms: false')
    write('a.model.yml', 'nms: true')
    expect(await readSidecar(at('a.onnx'))).toEqual({ nms: true })
  })

  it('may be empty, or hold every key', () => {
    expect(parseSidecar('', 'model.yml')).toEqual({})
    const whole = {
      family: 'damo_yolo',
      input: { widthPx: 640, heightPx: 384 },
      channels: 'bgr',
      scale: '1/255',
      mean: [0.485, 0.456, 0.406],
      std: [0.229, 0.224, 0.225],
      pad: { value: 0, anchor: 'top_left' },
      classes: ['cat', 'dog'],
      stridesPx: [8, 16, 32],
      minScore: 0.5,
      nms: true,
    }
    expect(parseSidecar(JSON.stringify(whole), 'model.yml')).toEqual(whole)
  })
})

describe('a mistake', () => {
  it.each([
    ['familly: yolox', 'familly', /no key familly/, 'family'],
    ['input: {width: 640, heightPx: 640}', 'input.width', /no key input\.width/, 'input.widthPx'],
    ['pad: {colour: 114}', 'pad.colour', /no key pad\.colour/, 'pad.value'],
  ])('in a key is named, with the nearest: %s', (text, key, message, nearest) => {
    expect(() => parseSidecar(text, 'x/model.yml')).toThrow(
      expect.objectContaining({
        code: 'sidecar_invalid',
        key,
        message: expect.stringMatching(message),
        remedy: expect.stringContaining(`Did you mean ${nearest}?`),
      }),
    )
  })

  it.each([
    ['family: yolo', 'family', '"yolo"', /yolox, yolox_decoded, yolov5/],
    ['channels: gbr', 'channels', '"gbr"', /rgb or bgr/],
    ['scale: 255', 'scale', '255', /1, or 1\/255/],
    ['mean: [1, 2]', 'mean', '[1,2]', /one number a channel/],
    ['std: [0, 1, 1]', 'std.0', '0', /./],
    ['pad: {value: 300}', 'pad.value', '300', /0 … 255/],
    ['pad: {anchor: left}', 'pad.anchor', '"left"', /stretch/],
    ['classes: []', 'classes', '[]', /in the order of their indices/],
    ['minScore: 30', 'minScore', '30', /0 … 1/],
    ['nms: maybe', 'nms', '"maybe"', /suppression/],
    ['input: {widthPx: 640}', 'input', '{"widthPx":640}', /./],
    ['input: {widthPx: 0, heightPx: 640}', 'input.widthPx', '0', /Pixels/],
    ['- family', 'model.yml', '["family"]', /Known keys/],
  ])('in a value is named, with what it means: %s', (text, key, value, remedy) => {
    expect(() => parseSidecar(text, 'x/model.yml')).toThrow(
      expect.objectContaining({
        code: 'sidecar_invalid',
        key,
        value,
        remedy: expect.stringMatching(remedy),
      }),
    )
  })

  it.each(['family: [', 'a: &a [*a', `x: &x [1]\n${Array(30).fill('- *x').join('\n')}`])(
    'in the YAML is told: %j',
    text => {
      expect(() => parseSidecar(text, 'x/model.yml')).toThrow(
        expect.objectContaining({
          code: 'sidecar_invalid',
          message: expect.stringContaining('not valid YAML'),
        }),
      )
    },
  )

  it('of size is told', async () => {
    write('a.onnx')
    write('a.model.yml', ' '.repeat(2 ** 20 + 1))
    await expect(readSidecar(at('a.onnx'))).rejects.toMatchObject({ code: 'sidecar_invalid' })
  })
})

describe('a prepared model', () => {
  const size = { widthPx: 128, heightPx: 64 }
  const prepare = (sidecar: object, head: Partial<SyntheticHead> = {}) => {
    const contract = contractNamed('yolox').make({ ...size, classCount: 2 })
    const model = syntheticModel({ opset: 17, ...size, ...contract, ...head })
    fs.writeFileSync(at('own.onnx'), encodeModel(model))
    write('own.model.yml', JSON.stringify(sidecar))
    return prepareModel({ name: 'own', file: at('own.onnx'), precision: 'fp32', cacheDir: at('cache') })
  }

  it('follows its sidecar, and is prepared again when that changes', async () => {
    const first = await prepare({})
    expect(first).toMatchObject({
      nms: true,
      minScore: 0.3,
      letterbox: { anchor: 'top_left', padValue: 114 },
    })
    const sidecar = { classes: ['cat', 'dog'], minScore: 0.6, nms: false, pad: { anchor: 'center' } }
    expect(await prepare(sidecar)).toMatchObject({
      classes: ['cat', 'dog'],
      minScore: 0.6,
      nms: false,
      letterbox: { anchor: 'center', padValue: 114 },
    })
  })

  it('has the size of its sidecar where its axes are open, and only there', async () => {
    const input = { widthPx: 128, heightPx: 64 }
    expect(await prepare({ input }, { inputDims: ['n', 3, 'h', 'w'] })).toMatchObject(input)
    await expect(prepare({ input: { widthPx: 64, heightPx: 64 } })).rejects.toThrow(/input is fixed, .*64×64/)
  })

  it('has as many classes as the sidecar names', async () => {
    for (const classes of [['cat'], ['cat', 'dog', 'bird']]) {
      await expect(prepare({ classes })).rejects.toMatchObject({
        code: 'sidecar_invalid',
        key: 'classes',
        message: expect.stringMatching(`names ${classes.length} classes, but the model has 2 `),
      })
    }
  })

  it('is not given the family’s mean on other channels', async () => {
    const nanodet = contractNamed('nanodet').make({ ...size, classCount: 2 })
    await expect(prepare({ channels: 'rgb' }, nanodet)).rejects.toMatchObject({
      code: 'sidecar_invalid',
      key: 'channels',
      remedy: expect.stringContaining('mean'),
    })
    expect(await prepare({ channels: 'rgb' })).toMatchObject({ family: 'yolox' })
  })
})
