/** The registry through the command line: models pulled from a real server, killed in the middle, added, shown, refused and removed. */
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { shippedModel } from '../../infer/model/resolve.js'
import { sleep } from '../../shared/clock.js'
import { freePort } from '../tools/free-port.js'
import { type ModelServer, sha256, startModelServer, tempDataDir } from '../tools/model-server.js'
import { encodeModel, syntheticModel } from '../tools/synthetic-model.js'
import { ringside, runRingside } from '../tools/up-process.js'

const shipped = fs.readFileSync(shippedModel.file)
let server: ModelServer
let dataDir: string
let environment: Record<string, string>
beforeAll(async () => {
  server = await startModelServer(shipped)
})
afterAll(() => server.close())
beforeEach(() => {
  dataDir = tempDataDir()
  server.requests.length = 0
  Object.assign(server.manners, { pauseMs: 0, breakAfterBytes: null, status: 200 })
  const catalogue = path.join(dataDir, 'catalogue.yml')
  fs.writeFileSync(catalogue, stringify({ models: [entryOf(server)] }))
  environment = { RINGSIDE_DATA_DIR: dataDir, RINGSIDE_MODEL_CATALOGUE: catalogue }
  return () => fs.rmSync(dataDir, { recursive: true })
})

const entryOf = ({ url }: ModelServer) => ({
  name: 'street',
  title: 'Street',
  family: 'yolox',
  address: `${url}/street.onnx`,
  sha256: sha256(shipped),
  bytes: shipped.length,
  licence: { spdx: 'Apache-2.0', source: 'https://example.com/LICENSE' },
  inputWidthPx: 416,
  inputHeightPx: 416,
  publishedMap: { percent: 20.5, source: 'https://example.com/README' },
  sidecar: { minScore: 0.4 },
})
const model = (...args: string[]) => runRingside(['model', ...args], environment)
const json = async (...args: string[]) => {
  const { code, stdout, stderr } = await model(...args, '--json')
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
  return JSON.parse(stdout)
}
const stored = (...parts: string[]): string => path.join(dataDir, 'models', ...parts)
const parts = (): string[] => fs.readdirSync(stored('.incoming'))

describe('pull', () => {
  it('brings a model of the catalogue, with its sidecar, and once only', async () => {
    const pulled = await model('pull', 'street')
    expect(pulled).toMatchObject({ code: 0, stdout: expect.stringMatching(/street: downloaded, 3.0 MiB/) })
    expect(fs.readFileSync(stored('street/model.onnx')).equals(shipped)).toBe(true)
    expect(fs.readFileSync(stored('street/model.yml'), 'utf8')).toBe('minScore: 0.4\n')
    expect(JSON.parse(fs.readFileSync(stored('street/manifest.json'), 'utf8'))).toMatchObject({
      name: 'street',
      sha256: sha256(shipped),
      bytes: shipped.length,
      source: `${server.url}/street.onnx`,
      licence: 'Apache-2.0',
      publishedMapPercent: 20.5,
      catalogue: 'street',
    })
    expect(parts()).toEqual([])
    expect(await json('pull', 'street')).toMatchObject({ from: 'registry' })
    expect(server.requests).toHaveLength(1)
  })

  it('is killed in the middle, leaves no half model, and goes on where it was', async () => {
    server.manners.pauseMs = 40
    const child = spawn(process.execPath, [ringside, 'model', 'pull', 'street'], {
      env: { ...process.env, ...environment },
      stdio: 'ignore',
    })
    const gone = new Promise(resolve => child.once('exit', resolve))
    const part = stored('.incoming', `${sha256(shipped)}.part`)
    while (!fs.existsSync(part) || fs.statSync(part).size < 500_000) await sleep(20)
    child.kill('SIGKILL')
    await gone
    expect(fs.readdirSync(stored())).toEqual(['.incoming'])
    expect((await json('ls')).models.map(({ name }: { name: string }) => name)).not.toContain('street')
    const kept = fs.statSync(part).size
    server.manners.pauseMs = 0
    expect(await json('pull', 'street')).toMatchObject({ from: 'network' })
    expect(server.requests.at(-1)).toMatchObject({ range: `bytes=${kept}-`, sent: shipped.length - kept })
    expect(fs.readFileSync(stored('street/model.onnx')).equals(shipped)).toBe(true)
  })

  it('is stopped with Ctrl-C, says so, and tells progress as JSON lines to those who ask', async () => {
    server.manners.pauseMs = 30
    const child = spawn(process.execPath, [ringside, 'model', 'pull', 'street', '--json'], {
      env: { ...process.env, ...environment },
    })
    let stderr = ''
    child.stderr.on('data', chunk => {
      stderr += chunk
      if (!child.killed && /"done":[1-9]/.test(stderr)) child.kill('SIGINT')
    })
    const code = await new Promise(resolve => child.once('close', resolve))
    expect(code).toBe(1)
    const [line] = stderr.split('\n')
    expect(JSON.parse(line as string).progress).toMatchObject({ total: shipped.length, unit: 'bytes' })
    expect(stderr).toContain('goes on from there')
    expect(parts()).toContain(`${sha256(shipped)}.part`)
  })

  it('takes a file of model.modelsDir instead, whatever its name there', async () => {
    const mine = path.join(dataDir, 'mine')
    fs.mkdirSync(mine)
    fs.copyFileSync(shippedModel.file, path.join(mine, 'something.onnx'))
    environment.RINGSIDE_MODELS_DIR = mine
    expect(await json('pull', 'street')).toMatchObject({ from: 'folder', source: 'something.onnx' })
    expect(server.requests).toEqual([])
  })

  it('of an address takes the digest that the file must have, or nothing', async () => {
    const address = `${server.url}/gate.onnx`
    expect(await model('pull', address)).toMatchObject({ code: 2, stderr: expect.stringMatching(/--sha256/) })
    const wrong = await model('pull', address, '--sha256', 'ab'.repeat(32))
    expect(wrong.code).toBe(1)
    expect(wrong.stderr).toContain(sha256(shipped))
    expect(parts()).toEqual([])
    const pulled = await json('pull', address, '--sha256', sha256(shipped), '--licence', 'MIT')
    expect(pulled).toMatchObject({ name: 'gate', licence: 'MIT', catalogue: null })
  })

  it('without a network ends soon, with what else can be done', async () => {
    const entry = { ...entryOf(server), address: `http://127.0.0.1:${await freePort()}/x.onnx` }
    fs.writeFileSync(environment.RINGSIDE_MODEL_CATALOGUE as string, stringify({ models: [entry] }))
    const failed = await model('pull', 'street', '--json')
    expect(failed.code).toBe(1)
    expect(JSON.parse(failed.stderr).problem).toMatchObject({
      code: 'no_network',
      remedy: expect.stringContaining('ringside model add FILE'),
    })
  })

  it('names the nearest where the catalogue has no such model', async () => {
    const failed = await model('pull', 'stret')
    expect(failed).toMatchObject({ code: 3, stderr: expect.stringMatching(/nearest name is street/) })
  })
})

describe('add and rm', () => {
  const file = (name: string, bytes: Uint8Array): string => {
    fs.writeFileSync(path.join(dataDir, name), bytes)
    return path.join(dataDir, name)
  }
  const tiny = (label: string): Buffer =>
    encodeModel(
      syntheticModel({
        opset: 17,
        widthPx: 64,
        heightPx: 32,
        outputDims: [6, 42],
        table: new Float32Array(6 * 42),
        metadata: { label },
      }),
    )

  it('add takes a file once; other bytes need another name', async () => {
    const one = file('one.onnx', tiny('one'))
    expect(await json('add', one, '--licence', 'MIT')).toMatchObject({ name: 'one', source: 'one.onnx' })
    expect((await model('add', one)).code).toBe(0)
    const other = file('other.onnx', tiny('other'))
    expect(await model('add', other, '--name', 'one')).toMatchObject({
      code: 6,
      stderr: expect.stringMatching(/another model called one/),
    })
    expect((await json('show', 'one')).digest).toBe(sha256(tiny('one')))
  })

  it('of several that add one name at once, one wins and the rest are told; nothing is left over', async () => {
    const files = Array.from({ length: 4 }, (_, i) => file(`${i}.onnx`, tiny(String(i))))
    const ended = await Promise.all(files.map(each => model('add', each, '--name', 'gate')))
    expect(ended.map(({ code }) => code).sort()).toEqual([0, 6, 6, 6])
    const winner = files[ended.findIndex(({ code }) => code === 0)] as string
    expect(fs.readFileSync(stored('gate/model.onnx')).equals(fs.readFileSync(winner))).toBe(true)
    expect(parts()).toEqual([])
  })

  it.each([
    ['no model', Buffer.from('this is no model'), /model/],
    ['half of one', shipped.subarray(0, 1_000_000), /cannot be used|cut off|decoded/],
  ])('add refuses %s, naming the file that was given', async (_, bytes, reason) => {
    const bad = file('bad.onnx', bytes)
    const refused = await model('add', bad, '--json')
    expect(refused.code).toBe(1)
    const { problem } = JSON.parse(refused.stderr)
    expect(problem).toMatchObject({
      code: 'model_invalid',
      value: bad,
      detail: expect.stringMatching(reason),
    })
    expect(fs.existsSync(stored('bad'))).toBe(false)
    expect(parts()).toEqual([])
  })

  it('add takes a sidecar, and refuses one with an unknown key', async () => {
    const one = file('one.onnx', tiny('one'))
    const sidecar = file('any.yml', Buffer.from('minScor: 0.5'))
    const refused = await model('add', one, '--sidecar', sidecar)
    expect(refused.stderr).toMatch(/minScore/)
    fs.writeFileSync(sidecar, 'minScore: 0.5')
    await model('add', one, '--sidecar', sidecar)
    expect(await json('show', 'one')).toMatchObject({ sidecar: { minScore: 0.5 }, problem: null })
  })

  it('a file that was changed is refused by everything that would use it, naming both digests', async () => {
    await model('add', file('one.onnx', tiny('one')))
    fs.writeFileSync(stored('one/model.onnx'), tiny('two'))
    const commands = ['prepare', 'show', 'inspect']
    const all = await Promise.all(commands.map(command => model(command, 'one', '--json')))
    for (const [i, command] of commands.entries()) {
      const refused = all[i]!
      const { problem } = JSON.parse(refused.stderr)
      expect(problem, command).toMatchObject({ code: 'model_changed' })
      expect(problem.detail).toContain(sha256(tiny('one')))
      expect(problem.detail).toContain(sha256(tiny('two')))
      expect(problem.remedy).toContain('ringside model rm one')
    }
  })

  it('rm takes it away whole, and knows what is not its to take', async () => {
    await model('add', file('one.onnx', tiny('one')))
    expect((await model('rm', 'one')).code).toBe(0)
    expect(fs.readdirSync(stored())).toEqual(['.incoming'])
    expect(await model('rm', 'one')).toMatchObject({ code: 3 })
    expect(await model('rm', 'ringside-nano')).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/comes with Ringside/),
    })
  })

  it('what a crash left behind a day ago is swept up', async () => {
    fs.mkdirSync(stored('.incoming/half'), { recursive: true })
    fs.writeFileSync(stored('.incoming/half/model.onnx'), 'x')
    const longAgo = new Date(Date.now() - 25 * 3600 * 1000)
    fs.utimesSync(stored('.incoming/half'), longAgo, longAgo)
    await model('add', file('one.onnx', tiny('one')))
    expect(parts()).toEqual([])
  })
})

describe('looking', () => {
  it('inspect tells what a file shows, and what speaks against each family', async () => {
    const found = await json('inspect', 'ringside-nano')
    expect(found).toMatchObject({
      sha256: sha256(shipped),
      opsets: { 'ai.onnx': 17 },
      inputs: [{ name: 'images', type: 'float32', dims: [null, 3, 416, 416] }],
      families: { yolox: null, yolov8: expect.any(String) },
      spec: { family: 'yolox', widthPx: 416, heightPx: 416, classCount: 6 },
      problem: null,
    })
    expect(found.operators.Conv).toBe(100)
    expect(found.parameters).toBe(1_551_313)
    expect((await model('inspect', 'ringside-nano')).stdout).toMatch(/yolox +fits/)
  })

  it('prepare tells what each pass did, then that it is there', async () => {
    const first = await json('prepare', 'ringside-nano')
    expect(first).toMatchObject({ cached: false, precision: 'fp32', sourceBytes: shipped.length })
    expect(first.passes[0]).toMatchObject({ nodesBefore: 501, parametersBefore: 1_551_313 })
    expect(first.preparedBytes).toBe(fs.statSync(first.file).size)
    expect(await json('prepare', 'ringside-nano')).toMatchObject({ cached: true, passes: first.passes })
    const { prepared } = await json('show', 'ringside-nano')
    expect(prepared).toEqual([{ precision: 'fp32', file: first.file, bytes: first.preparedBytes }])
  })

  it('ls lists every precision that can be named', async () => {
    const digest = sha256(shipped)
    fs.mkdirSync(path.join(dataDir, 'calibrations'))
    fs.writeFileSync(path.join(dataDir, 'calibrations', `${digest}.json`), '{}')
    const { models } = await json('ls')
    const facts = { origin: 'shipped', licence: 'Apache-2.0', digest, problem: null, state: null }
    expect(models).toMatchObject([
      { name: 'ringside-nano', precision: 'fp32', ...facts },
      { name: 'ringside-nano@fp16', precision: 'fp16', ...facts },
      { name: 'ringside-nano@int8', precision: 'int8', ...facts },
    ])
    expect((await model('ls')).stdout).toMatch(/fp32 fp16 int8/)
  })
})
