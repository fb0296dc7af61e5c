/** Preparing: the cache, and what becomes of files that are no usable model. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { gatherEvidence } from '../../../../infer/model/onnx/evidence.js'
import { ModelProto } from '../../../../infer/model/onnx/proto.js'
import { parseModel } from '../../../../infer/model/onnx/read-model.js'
import { prepareModel } from '../../../../infer/model/prepare.js'
import { shippedModel } from '../../../../infer/model/resolve.js'
import { encodeModel, type SyntheticOptions, syntheticModel } from '../../../tools/synthetic-model.js'

let dir: string
let cacheDir: string
beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-prepare-'))
  cacheDir = path.join(dir, 'cache', 'models')
})
afterEach(() => fs.rmSync(dir, { recursive: true }))

const prepareShipped = () => prepareModel({ ...shippedModel, cacheDir })

const yolov8: SyntheticOptions = {
  opset: 17,
  widthPx: 64,
  heightPx: 32,
  outputDims: [6, 42],
  table: new Float32Array(6 * 42),
}

function prepareBytes(bytes: Uint8Array, name = 'custom') {
  const file = path.join(dir, `${name}.onnx`)
  fs.writeFileSync(file, bytes)
  return prepareModel({ name, file, precision: 'fp32', cacheDir })
}

const prepareSynthetic = (change: Partial<SyntheticOptions> = {}) =>
  prepareBytes(encodeModel(syntheticModel({ ...yolov8, ...change })))

const invalid = (found: RegExp) =>
  expect.objectContaining({ code: 'model_invalid', key: 'model.name', message: expect.stringMatching(found) })

describe('a prepared model', () => {
  it('tells what the engine and post-processing need', async () => {
    expect(await prepareShipped()).toMatchObject({
      name: 'ringside-nano',
      digest: '865e8fe4eb0963f42f76e5136574aeb0a2a204c43167ee2ef55fc853474b7425',
      family: 'yolox',
      widthPx: 416,
      heightPx: 416,
      letterbox: { anchor: 'top_left', padValue: 114 },
      classes: ['person', 'bicycle', 'car', 'motorcycle', 'bus', 'truck'],
      minScore: 0.35,
      batch: 'dynamic',
      maxCandidates: 300,
      inputName: 'i420',
      outputName: 'candidates',
    })
  })

  it('has no more candidates than anchors, and the fixed batch of its source', async () => {
    expect(await prepareSynthetic({ batch: 1 })).toMatchObject({
      maxCandidates: 42,
      batch: 1,
      family: 'yolov8',
    })
  })

  it('takes the size of open image axes from the metadata', async () => {
    const open = { inputDims: ['batch', 3, 'height', 'width'], declaredDims: ['batch', 6, 'anchors'] }
    const metadata = { imgsz: '[32, 64]', task: 'detect', names: "{0: 'cat', 1: \"driver's seat\"}" }
    const model = await prepareSynthetic({ ...open, metadata })
    expect(model).toMatchObject({ widthPx: 64, heightPx: 32, classes: ['cat', "driver's seat"] })
  })
})

describe('the cache', () => {
  it('is used the second time', async () => {
    const { file } = await prepareShipped()
    const { ino, mtimeMs } = fs.statSync(file)
    await prepareShipped()
    expect(fs.statSync(file)).toMatchObject({ ino, mtimeMs })
    expect(fs.readdirSync(cacheDir)).toHaveLength(2)
  })

  it.each([
    ['a cut prepared file', (file: string) => fs.truncateSync(file, 1000)],
    ['a changed prepared file', (file: string) => fs.appendFileSync(file, 'x')],
    ['no metadata', (file: string) => fs.rmSync(file.replace('.onnx', '.json'))],
    ['cut metadata', (file: string) => fs.truncateSync(file.replace('.onnx', '.json'), 20)],
    ['metadata of another shape', (file: string) => fs.writeFileSync(file.replace('.onnx', '.json'), 'null')],
  ])('makes an entry with %s again', async (_, damage) => {
    const before = await prepareShipped()
    const bytes = fs.readFileSync(before.file)
    damage(before.file)
    expect(await prepareShipped()).toEqual(before)
    expect(fs.readFileSync(before.file).equals(bytes)).toBe(true)
  })

  it('survives two that prepare at once, and leaves no temporary file', async () => {
    const [one, two] = await Promise.all([prepareShipped(), prepareShipped()])
    expect(one).toEqual(two)
    expect(fs.readdirSync(cacheDir).filter(name => name.endsWith('.tmp'))).toEqual([])
  })
})

describe('a file that cannot be used', () => {
  const shipped = fs.readFileSync(shippedModel.file)

  it('is not there', async () => {
    const request = { name: 'gone', file: path.join(dir, 'gone.onnx'), cacheDir }
    await expect(prepareModel(request)).rejects.toMatchObject({
      code: 'model_not_found',
      value: request.file,
    })
  })

  it('is a folder', async () => {
    await expect(prepareModel({ name: 'dir', file: dir, cacheDir })).rejects.toEqual(invalid(/regular file/))
  })

  it.each([
    ['empty', Buffer.alloc(0)],
    ['text', Buffer.from('<!doctype html><title>404</title>')],
    ['zeros', Buffer.alloc(4096)],
    ['a picture', Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex')],
  ])('is %s', async (_, bytes) => {
    await expect(prepareBytes(bytes)).rejects.toEqual(invalid(/protobuf|no graph/))
  })

  it.each([0.01, 0.3, 0.7, 0.99])('is cut off after %d of its bytes', async share => {
    await expect(prepareBytes(shipped.subarray(0, shipped.length * share))).rejects.toEqual(
      invalid(/cut off|no graph/),
    )
  })

  it('keeps weights in another file', async () => {
    const model = ModelProto.decode(shipped)
    model.graph!.initializer![3]!.dataLocation = 1
    model.graph!.initializer![3]!.externalData = [{ key: 'location', value: '../../etc/passwd' }]
    await expect(prepareBytes(ModelProto.encode(model).finish())).rejects.toEqual(invalid(/another file/))
  })

  it('hides another file in a constant of a branch', async () => {
    const model = syntheticModel(yolov8)
    const external = { dataType: 1, externalData: [{ key: 'location', value: 'x.bin' }] }
    const constant = {
      opType: 'Constant',
      output: ['c'],
      attribute: [{ name: 'value', type: 4, t: external }],
    }
    const branch = { name: 'then_branch', type: 5, g: { node: [constant] } }
    model.graph!.node!.push({ opType: 'If', input: ['output'], output: ['x'], attribute: [branch] })
    await expect(prepareBytes(encodeModel(model))).rejects.toEqual(invalid(/another file/))
  })

  it('uses operators of another domain', async () => {
    const model = syntheticModel(yolov8)
    model.graph!.node![0]!.domain = 'com.example'
    await expect(prepareBytes(encodeModel(model))).rejects.toEqual(invalid(/com\.example/))
  })

  it.each([
    ['an old opset', { opset: 10 }, /opset 10/],
    ['a size that is no multiple of 32', { inputDims: [1, 3, 50, 64] }, /50, 64/],
    ['open image axes and no size', { inputDims: [1, 3, 'h', 'w'] }, /\?, \?/],
    ['a grey image', { inputDims: [1, 1, 32, 64] }, /images \[1, 1, 32, 64\]/],
    ['three images a run', { inputDims: [3, 3, 32, 64] }, /exactly 3 images/],
  ] as const)('has %s', async (_, change, found) => {
    await expect(prepareSynthetic(change as Partial<SyntheticOptions>)).rejects.toEqual(invalid(found))
  })

  it('is a prepared model itself', async () => {
    const { file } = await prepareShipped()
    await expect(prepareModel({ name: 'again', file, precision: 'fp32', cacheDir })).rejects.toEqual(
      invalid(/i420 \[\?, 624, 416\]/),
    )
  })

  it('has a tensor of a name that we add', async () => {
    const model = syntheticModel(yolov8)
    model.graph!.node!.push({ opType: 'Identity', input: ['output'], output: ['candidates'] })
    await expect(prepareBytes(encodeModel(model))).rejects.toEqual(invalid(/named candidates/))
  })
})

it('re-encoding a model loses no weight, attribute or operator', () => {
  const source = fs.readFileSync(shippedModel.file)
  const once = parseModel(source, shippedModel.file)
  const twice = parseModel(Buffer.from(ModelProto.encode(once).finish()), shippedModel.file)
  expect(ModelProto.toObject(twice)).toEqual(ModelProto.toObject(once))
  expect(gatherEvidence(twice, '')).toEqual(gatherEvidence(once, ''))
})
