/** Preparing: the cache, the process that does it, and what becomes of files that are no usable model. */
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { entryKey, sha256 } from '../../../../infer/model/cache.js'
import { prepareInChild } from '../../../../infer/model/loader/loader.js'
import { gatherEvidence } from '../../../../infer/model/onnx/evidence.js'
import { ModelProto } from '../../../../infer/model/onnx/proto.js'
import { parseModel } from '../../../../infer/model/onnx/read-model.js'
import { prepareModel } from '../../../../infer/model/prepare.js'
import { shippedModel } from '../../../../infer/model/resolve.js'
import { defaultOptions, rewriteModel, stepVersions } from '../../../../infer/model/rewrite.js'
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
  table: Float32Array.from({ length: 6 * 42 }, (_, i) => 0.2 + (i % 42) / 100),
}
const synthetic = (change: Partial<SyntheticOptions> = {}) =>
  encodeModel(syntheticModel({ ...yolov8, ...change } as SyntheticOptions))

function requestFor(bytes: Uint8Array, name = 'custom') {
  const file = path.join(dir, `${name}.onnx`)
  fs.writeFileSync(file, bytes)
  return { name, file, precision: 'fp32', cacheDir } as const
}

const prepareBytes = (bytes: Uint8Array) => prepareModel(requestFor(bytes))

const invalid = (found: RegExp) =>
  expect.objectContaining({ code: 'model_invalid', key: 'model.name', message: expect.stringMatching(found) })

describe('a prepared model', () => {
  it('tells what the engine and post-processing need', async () => {
    expect(await prepareShipped()).toMatchObject({
      name: 'ringside-nano',
      digest: '865e8fe4eb0963f42f76e5136574aeb0a2a204c43167ee2ef55fc853474b7425',
      family: 'yolox',
      precision: 'fp32',
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

  it('has no more candidates than anchors, and a batch axis where its source had none', async () => {
    const model = await prepareBytes(synthetic({ batch: 1, metadata: { task: 'detect' } }))
    expect(model).toMatchObject({ maxCandidates: 42, batch: 'dynamic', family: 'yolov8' })
  })

  it('takes the size of open image axes from the metadata', async () => {
    const open = { inputDims: ['batch', 3, 'height', 'width'], declaredDims: ['batch', 6, 'anchors'] }
    const metadata = { imgsz: '[32, 64]', task: 'detect', names: "{0: 'cat', 1: \"driver's seat\"}" }
    const model = await prepareBytes(synthetic({ ...open, metadata }))
    expect(model).toMatchObject({ widthPx: 64, heightPx: 32, classes: ['cat', "driver's seat"] })
  })
})

describe('the cache', () => {
  const entries = () => fs.readdirSync(cacheDir).sort()

  it('is used the second time, without a process', async () => {
    const request = requestFor(synthetic())
    const { file } = await prepareModel(request)
    const { ino, mtimeMs } = fs.statSync(file)
    const watch = watchChildren()
    await prepareModel(request)
    expect(watch.stop()).toEqual([])
    expect(fs.statSync(file)).toMatchObject({ ino, mtimeMs })
    expect(entries()).toHaveLength(2)
  })

  it('holds each precision and each sidecar of a model', async () => {
    const request = requestFor(synthetic())
    const plain = await prepareModel(request)
    const half = await prepareModel({ ...request, precision: 'fp16' })
    fs.writeFileSync(path.join(dir, 'custom.model.yml'), 'minScore: 0.7\n')
    const corrected = await prepareModel(request)
    expect(corrected.minScore).toBe(0.7)
    expect(new Set([plain.file, half.file, corrected.file]).size).toBe(3)
    expect(entries()).toHaveLength(6)
  })

  it('drops what other versions of the steps made of the same', async () => {
    const request = requestFor(synthetic())
    const { file } = await prepareModel(request)
    const variant = path.basename(file).split('-').slice(0, 2).join('-')
    for (const extension of ['onnx', 'json']) {
      fs.writeFileSync(path.join(cacheDir, `${variant}-${'0'.repeat(32)}.${extension}`), 'old')
    }
    fs.rmSync(file)
    await prepareModel(request)
    expect(entries().map(name => name.replace(/\.\w+$/, ''))).toEqual(
      Array(2).fill(path.basename(file, '.onnx')),
    )
  })

  it.each([
    ['a cut prepared file', (file: string) => fs.truncateSync(file, 100)],
    ['a changed prepared file', (file: string) => fs.appendFileSync(file, 'x')],
    ['no metadata', (file: string) => fs.rmSync(file.replace('.onnx', '.json'))],
    ['cut metadata', (file: string) => fs.truncateSync(file.replace('.onnx', '.json'), 20)],
    ['metadata of another shape', (file: string) => fs.writeFileSync(file.replace('.onnx', '.json'), 'null')],
  ])('makes an entry with %s again', async (_, damage) => {
    const request = requestFor(synthetic())
    const { file } = await prepareModel(request)
    const bytes = fs.readFileSync(file)
    damage(file)
    expect((await prepareModel(request)).file).toBe(file)
    expect(fs.readFileSync(file).equals(bytes)).toBe(true)
    expect(JSON.parse(fs.readFileSync(file.replace('.onnx', '.json'), 'utf8'))).toHaveProperty('facts')
  })

  it('survives two that prepare at once, and leaves no temporary file', async () => {
    const request = requestFor(synthetic())
    const [one, two] = await Promise.all([prepareModel(request), prepareModel(request)])
    expect(one.file).toBe(two.file)
    expect(entries()).toHaveLength(2)
  })
})

describe('a file that cannot be used', () => {
  it('is not there', async () => {
    const file = path.join(dir, 'gone.onnx')
    const attempt = prepareModel({ name: 'gone', file, precision: 'fp32', cacheDir })
    await expect(attempt).rejects.toMatchObject({ code: 'model_not_found', value: file })
  })

  it('is a folder, or a pipe that nobody writes to', async () => {
    const request = { name: 'x', file: dir, precision: 'fp32', cacheDir } as const
    await expect(prepareModel(request)).rejects.toEqual(invalid(/regular file/))
    const pipe = path.join(dir, 'pipe.onnx')
    execFileSync('mkfifo', [pipe])
    await expect(prepareModel({ ...request, file: pipe })).rejects.toEqual(invalid(/regular file/))
  })

  it('is over 1 GiB, and is not read', async () => {
    const request = requestFor(new Uint8Array())
    fs.truncateSync(request.file, 2 ** 30 + 1)
    await expect(prepareModel(request)).rejects.toEqual(invalid(/at most 1073741824 bytes/))
  })

  it.each([
    ['empty', Buffer.alloc(0)],
    ['text', Buffer.from('<!doctype html><title>404</title>')],
    ['a picture', Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex')],
  ])('is %s', async (_, bytes) => {
    await expect(prepareBytes(bytes)).rejects.toEqual(invalid(/protobuf|no graph/))
  })

  it.each([
    ['an old opset', { opset: 10 }, /opset 10/],
    ['a size that is no multiple of 32', { inputDims: [1, 3, 50, 64] }, /50, 64/],
    ['open image axes and no size', { inputDims: [1, 3, 'h', 'w'] }, /\?, \?/],
    ['a grey image', { inputDims: [1, 1, 32, 64] }, /images \[1, 1, 32, 64\]/],
    ['three images a run', { inputDims: [3, 3, 32, 64] }, /exactly 3 images/],
  ] as const)('has %s', (_, change, found) => {
    const attempt = () => rewriteModel(synthetic(change as Partial<SyntheticOptions>), 'model.onnx')
    expect(attempt).toThrow(invalid(found))
  })

  it('is a prepared model itself', async () => {
    const { file } = await prepareBytes(synthetic())
    const attempt = prepareModel({ name: 'again', file, precision: 'fp32', cacheDir })
    await expect(attempt).rejects.toEqual(invalid(/i420 \[\?, 48, 64\]/))
  })

  it('has a tensor of a name that we add', () => {
    const model = syntheticModel(yolov8)
    model.graph!.node!.push({ opType: 'Identity', input: ['output'], output: ['candidates'] })
    expect(() => rewriteModel(encodeModel(model), 'model.onnx')).toThrow(invalid(/named candidates/))
  })

  it('passes every check of ours and is refused by the runtime', async () => {
    const model = syntheticModel(yolov8)
    model.graph!.node!.find(({ opType }) => opType === 'GlobalAveragePool')!.opType = 'NoSuchOperator'
    await expect(prepareBytes(encodeModel(model))).rejects.toEqual(invalid(/ONNX Runtime refuses it/))
  })

  it('gives numbers that are none', async () => {
    const table = new Float32Array(6 * 42).fill(Number.NaN)
    await expect(prepareBytes(synthetic({ table }))).rejects.toEqual(invalid(/not finite/))
  })
})

describe('the process that prepares', () => {
  const noLimits = { deadlineMs: 60_000, memoryBytes: 2 ** 32 }

  async function load(limits: Partial<typeof noLimits>) {
    const { file } = requestFor(synthetic())
    const handle = await fs.promises.open(file)
    const digest = sha256(fs.readFileSync(file))
    const key = entryKey(cacheDir, { digest, sidecar: {}, options: defaultOptions, steps: stepVersions })
    const request = { file, digest, sidecar: {}, options: defaultOptions, key }
    const size = fs.statSync(file).size
    return prepareInChild({ file, fd: handle.fd, bytes: size }, request, { ...noLimits, ...limits }).finally(
      () => handle.close(),
    )
  }

  it('has an empty folder of its own, none of our environment, and goes', async () => {
    process.env.RINGSIDE_SECRET_OF_THE_TEST = 'x'
    const watch = watchChildren()
    await prepareBytes(synthetic()).finally(() => delete process.env.RINGSIDE_SECRET_OF_THE_TEST)
    const [child] = watch.stop()
    expect(child).toMatchObject({ files: [], environment: expect.not.stringMatching(/SECRET|PATH|HOME/) })
    expect(path.basename(child!.cwd)).toMatch(/^ringside-load-/)
    expect(fs.existsSync(child!.cwd)).toBe(false)
    expect(fs.existsSync(`/proc/${child!.pid}`)).toBe(false)
  })

  it('may hang: the deadline ends it', async () => {
    await expect(load({ deadlineMs: 30 })).rejects.toEqual(invalid(/took over 0\.03 s/))
  })

  it('may eat memory: its watchdog ends it, and says so', async () => {
    await expect(load({ memoryBytes: 2 ** 20 })).rejects.toEqual(
      invalid(/SIGKILL \(it took more than the 1 MiB/),
    )
  })

  it('may crash: the signal is the reason', async () => {
    const watch = watchChildren(pid => process.kill(pid, 'SIGSEGV'))
    await expect(prepareBytes(synthetic())).rejects.toEqual(invalid(/ended with signal SIGSEGV/))
    expect(watch.stop()).toHaveLength(1)
  })

  it('reads the file that was opened, and refuses one that changed meanwhile', async () => {
    const { file } = requestFor(synthetic())
    const watch = watchChildren(() => fs.appendFileSync(file, 'x'))
    await expect(prepareModel({ name: 'x', file, precision: 'fp32', cacheDir })).rejects.toEqual(
      invalid(/changed while it was read/),
    )
    watch.stop()
    expect(fs.existsSync(cacheDir) ? fs.readdirSync(cacheDir) : []).toEqual([])
  })
})

interface SeenChild {
  pid: number
  cwd: string
  files: string[]
  environment: string
}

/** Looks every few milliseconds for children that run the loader, each seen once, as soon as its program runs. */
function watchChildren(onSeen: (pid: number) => void = () => undefined) {
  const seen = new Map<number, SeenChild>()
  const timer = setInterval(() => {
    for (const pid of childrenOf(process.pid)) {
      const found = seen.has(pid) ? null : lookAt(pid)
      if (!found) continue
      seen.set(pid, found)
      onSeen(pid)
    }
  }, 2)
  return {
    stop: () => {
      clearInterval(timer)
      return [...seen.values()]
    },
  }
}

function childrenOf(pid: number): number[] {
  return fs.readdirSync(`/proc/${pid}/task`).flatMap(task => {
    const file = `/proc/${pid}/task/${task}/children`
    return fs.existsSync(file)
      ? fs.readFileSync(file, 'utf8').trim().split(' ').filter(Boolean).map(Number)
      : []
  })
}

function lookAt(pid: number): SeenChild | null {
  try {
    if (!fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('loader/child.js')) return null
    const cwd = fs.readlinkSync(`/proc/${pid}/cwd`)
    return {
      pid,
      cwd,
      files: fs.readdirSync(cwd),
      environment: fs.readFileSync(`/proc/${pid}/environ`, 'utf8'),
    }
  } catch (error) {
    // Gone between two looks.
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return null
    throw error
  }
}

it('re-encoding a model loses no weight, attribute or operator', () => {
  const source = fs.readFileSync(shippedModel.file)
  const once = parseModel(source, shippedModel.file)
  const twice = parseModel(Buffer.from(ModelProto.encode(once).finish()), shippedModel.file)
  expect(ModelProto.toObject(twice)).toEqual(ModelProto.toObject(once))
  expect(gatherEvidence(twice, '')).toEqual(gatherEvidence(once, ''))
})
