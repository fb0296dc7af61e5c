/** Profiles of real models through the CPU engine: what they predict against what loads take, when they are redone, and the way over REST. */
import { execFile } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadConfig } from '../../config/load.js'
import { cpuDevice } from '../../infer/engine/device.js'
import { ModelLoader } from '../../infer/host/loader.js'
import { ProfileBook } from '../../infer/profile/book.js'
import { fittedBytes } from '../../infer/profile/fit.js'
import { ProfileKeeper } from '../../infer/profile/keeper.js'
import { Turn } from '../../infer/turn.js'
import type { JobView, ModelProfiles } from '../../shared/api/views.js'
import { engineBytesOf } from '../../shared/budget/model-cost.js'
import type { ModelProfile } from '../../shared/budget/profile.js'
import { createLog } from '../../shared/log.js'
import { Profiles } from '../../shared/redis/profiles.js'
import { loadApart, profileApart } from '../bench/budgets/phases.js'
import { createModelFolder, type ModelFolder } from '../tools/model-folder.js'
import { outsideModel } from '../tools/outside-data.js'
import { startRedis, type TestRedis } from '../tools/redis-server.js'
import { type Stages, startStages } from '../tools/stages.js'

const MIB = 2 ** 20
/** Measured of three models in fresh processes: 0 to 8 %, of which the heap of the process is most. */
const PREDICTION_ERROR = 0.12
/** Of all that the model takes; measured: 1 to 3 %, since arenas grow by doubling. */
const RESIDUAL = 0.06
const BIN = fileURLToPath(new URL('../../dist/bin/ringside.js', import.meta.url))
const log = createLog({ level: 'silent', name: 'test' })
let folder: ModelFolder
let dataDir: string
let redis: TestRedis

beforeAll(async () => {
  folder = createModelFolder()
  folder.addSynthetic('small', 64, 32)
  dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'rs-profile-'))
  redis = await startRedis()
})
afterAll(async () => {
  await redis.close()
  folder.close()
  fs.rmSync(dataDir, { recursive: true })
})

const yolox = outsideModel('yolox_nano_416_dyn')

describe('a profile on a CPU', () => {
  it('of the shipped model predicts what a load takes', () => foretells('ringside-nano'), 120_000)

  it.skipIf(yolox.missing)(
    `of a YOLOX-Nano predicts what a load takes${yolox.note}`,
    () => {
      fs.copyFileSync(yolox.path, path.join(folder.path, 'yolox.onnx'))
      return foretells('yolox')
    },
    120_000,
  )
})

function foretells(model: string): void {
  const request = { engine: 'onnxruntime', folder: folder.path } as const
  const profile = profileApart(request, model)
  const [loaded] = loadApart(request, [model])
  const predicted = fittedBytes(profile.fit, loaded!.buckets)
  expect(Math.abs(predicted - loaded!.bytes) / loaded!.bytes).toBeLessThan(PREDICTION_ERROR)
  // What a model is charged is the same sum, and what peaks on top of it.
  expect(engineBytesOf(profile) / predicted).toBeGreaterThan(0.99)
  expect(engineBytesOf(profile) / predicted).toBeLessThan(1.1)
  for (const { bytes } of profile.fit.residualBytes)
    expect(Math.abs(bytes) / predicted).toBeLessThan(RESIDUAL)
  expectWhole(profile)
}

function expectWhole({ buckets, fit, table, device, rounds }: ModelProfile): void {
  expect(device).toMatchObject({ kind: 'cpu', driver: null, threads: expect.any(Number) })
  expect(rounds).toBe(3)
  expect(buckets.map(({ bucket }) => bucket)).toEqual([1, 2, 4])
  for (const each of buckets) {
    expect(each.p99Ms).toBeGreaterThanOrEqual(each.p50Ms)
    expect(each.peakBytes).toBeGreaterThanOrEqual(each.residentBytes)
    expect(each.processBytes).toBeGreaterThan(each.residentBytes)
    expect(each).toMatchObject({ arena: null, deviceUsedBytes: null })
  }
  expect(fit.msPerFrame.map(({ ms }) => ms > 0)).toEqual([true, true, true])
  const of = (part: string) => table.find(line => line.part === part)
  expect(of('inputs')?.error).toBe(0)
  expect(of('workspace')?.measuredBytes).toBeNull()
  for (const part of ['context', 'weights', 'activations'])
    expect(of(part)?.measuredBytes).toBeGreaterThan(MIB)
}

describe('a model that serves', () => {
  /** As infer does, at once and without streams. */
  async function serveAndMeasure(profiles: Profiles): Promise<ModelProfile> {
    const config = loadConfig({
      PATH: process.env.PATH,
      RINGSIDE_DATA_DIR: dataDir,
      RINGSIDE_MODELS_DIR: folder.path,
      RINGSIDE_SLAB_MAX_STREAMS: '2',
    })
    const turn = new Turn()
    const book = await ProfileBook.open(profiles, 'cpu-9', log)
    const loader = new ModelLoader(config, cpuDevice('cpu-9'), turn, log, book)
    const subjectOf = ({ model }: { model: Parameters<typeof loader.subjectOf>[0] }) =>
      loader.subjectOf(model)
    const parts = { book, turn, slabDir: config.slab.dir, threads: 2, settleMs: 0 }
    const keeper = new ProfileKeeper({ ...parts, subjectOf, freeBytes: () => 2 ** 40 }, log)
    const model = await loader.prepare('small')
    const { loaded } = await loader.load(model, false)
    try {
      await keeper.consider(loaded)
      const profile = book.find(loader.subjectOf(model))
      expect(profile).not.toBeNull()
      expect(loader.chargeOf(model).measured?.host).toBe(
        engineBytesOf(profile!) + loaded.slab.layout.totalBytes,
      )
      return profile!
    } finally {
      await keeper.close()
      await loader.unload(loaded)
      loader.removeSlab('small')
    }
  }

  it('is measured once, and again when its file is another', async () => {
    const connection = redis.connect()
    const profiles = new Profiles(connection.redis, connection.keys)
    try {
      const first = await serveAndMeasure(profiles)
      expect(first).toMatchObject({ model: 'small', rounds: 2, inputWidthPx: 64 })
      expect(first.table.find(({ part }) => part === 'slab')?.error).toBeCloseTo(0, 1)
      expect(await serveAndMeasure(profiles)).toEqual(first)
      expect(await profiles.find(first.device, 'small', first.digest)).toEqual(first)
      const elsewhere = { ...first.device, driver: '580.1' }
      expect(await profiles.find(elsewhere, 'small', first.digest)).toBeNull()

      folder.addSynthetic('small', 128, 64)
      const second = await serveAndMeasure(profiles)
      expect(second.digest).not.toBe(first.digest)
      expect(second.inputWidthPx).toBe(128)
      expect(await profiles.list('cpu-9')).toEqual([second])
      expect(await profiles.find(first.device, 'small', first.digest)).toBeNull()
    } finally {
      await connection.close()
    }
  }, 60_000)
})

describe('a Ringside that runs', () => {
  let stages: Stages
  beforeAll(async () => {
    stages = await startStages({ RINGSIDE_MODELS_DIR: folder.path, RINGSIDE_MODEL: 'small' })
    await stages.ready()
  }, 60_000)
  afterAll(() => stages.close())

  const stored = async (): Promise<ModelProfile | undefined> =>
    (await stages.api<ModelProfiles>('GET', '/api/v1/models/small/profile')).body.profiles[0]

  it('has measured its model by itself, measures it when asked, and tells the command line', async () => {
    await expect.poll(stored, { timeout: 40_000, interval: 250 }).toMatchObject({ model: 'small', rounds: 2 })
    const before = (await stored())!
    const { status, body } = await stages.api<JobView>('POST', '/api/v1/models/small/profile')
    expect([status, body.kind]).toEqual([202, 'profile'])
    const job = async () => (await stages.api<JobView>('GET', `/api/v1/jobs/${body.id}`)).body
    await expect.poll(async () => (await job()).endedAt, { timeout: 60_000, interval: 250 }).not.toBeNull()
    expect((await job()).problem).toBeNull()
    const after = (await stored())!
    expect(after).toMatchObject({ digest: before.digest, device: before.device, rounds: 3 })
    expect(after.measuredAtMs).toBeGreaterThan(before.measuredAtMs)

    const connected = ['--url', stages.url, '--token', stages.token]
    const command = [BIN, 'model', 'profile', 'small', '--json', ...connected]
    const env = { PATH: process.env.PATH, RINGSIDE_DATA_DIR: stages.dataDir }
    const { stdout } = await promisify(execFile)(process.execPath, command, { env })
    expect(JSON.parse(stdout)).toEqual(after)
  }, 120_000)

  it('knows no profile of a model that it does not know', async () => {
    const { status } = await stages.api('GET', '/api/v1/models/nobody/profile')
    expect(status).toBe(404)
  })
})
