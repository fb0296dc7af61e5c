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
import type { Held } from '../../infer/host/capacity.js'
import { ledgerRoom } from '../../infer/host/ledger-room.js'
import { ModelLoader } from '../../infer/host/loader.js'
import { ProfileBook } from '../../infer/profile/book.js'
import { fittedBytes } from '../../infer/profile/fit.js'
import { ProfileKeeper } from '../../infer/profile/keeper.js'
import { Turn } from '../../infer/turn.js'
import type { JobView, ModelProfiles } from '../../shared/api/views.js'
import { engineBytesOf } from '../../shared/budget/model-cost.js'
import type { ModelProfile } from '../../shared/budget/profile.js'
import { createLog } from '../../shared/log.js'
import { Ledger } from '../../shared/redis/ledger.js'
import { Profiles } from '../../shared/redis/profiles.js'
import { loadApart, profileApart } from '../bench/budgets/phases.js'
import { createModelFolder, type ModelFolder } from '../tools/model-folder.js'
import { madeUpProfile, profiledCpu } from '../tools/model-profile.js'
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

function configOfTest() {
  return loadConfig({
    PATH: process.env.PATH,
    RINGSIDE_DATA_DIR: dataDir,
    RINGSIDE_MODELS_DIR: folder.path,
    RINGSIDE_SLAB_MAX_STREAMS: '2',
  })
}

/** As infer does, at once and without streams. */
async function serveAndMeasure(
  profiles: Profiles,
  reserve: (held: Held, keeper: ProfileKeeper) => Promise<boolean> = async () => true,
): Promise<ModelProfile> {
  const config = configOfTest()
  const turn = new Turn()
  const book = await ProfileBook.open(profiles, 'cpu-9', log)
  const loader = new ModelLoader(config, cpuDevice('cpu-9'), turn, log, book)
  const subjectOf = ({ model }: { model: Parameters<typeof loader.subjectOf>[0] }) => loader.subjectOf(model)
  const parts = { book, turn, slabDir: config.slab.dir, threads: 2, settleMs: 0 }
  const keeper: ProfileKeeper = new ProfileKeeper(
    { ...parts, subjectOf, freeBytes: () => 2 ** 40, reserve: held => reserve(held, keeper) },
    log,
  )
  const model = await loader.prepare('small')
  const { loaded } = await loader.load(model, false)
  try {
    await keeper.consider(loaded)
    expect(keeper.held).toEqual([])
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

describe('a model that serves', () => {
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

describe('room for the second load of a measurement', () => {
  const held: Held = { what: 'profile of small', model: null, bytes: { host: 2 ** 26, device: 0 } }

  it('is held in the ledger, or is not there', async () => {
    const connection = redis.connect()
    const { redis: client, keys } = connection
    await client.ping() // one that is not connected is not asked
    const ledger = new Ledger(client, keys)
    const reserve = ledgerRoom(
      { connection, instance: 'of-the-test' },
      configOfTest(),
      cpuDevice('cpu-9').facts,
    )
    try {
      expect(await reserve(held)).toBe(true)
      const [one] = await ledger.list()
      expect(one).toMatchObject({
        holder: 'held:infer:of-the-test:profile of small',
        device: 'cpu-9',
        own: { hostBytes: 2 ** 26, deviceBytes: 0 },
        expiresAtMs: expect.any(Number),
      })
      const most = { ...held, what: 'profile of another', bytes: { host: 2 ** 50, device: 0 } }
      expect(await reserve(most)).toBe(false)
      expect(await ledger.list()).toHaveLength(1)
    } finally {
      await connection.close()
    }
  })

  it('is held for as long as the copy is there, and the figures of its own load do where it is refused', async () => {
    const connection = redis.connect()
    const profiles = new Profiles(connection.redis, connection.keys)
    const asked: Held[] = []
    const seen: (readonly Held[])[] = []
    try {
      await profiles.remove('cpu-9', 'small')
      const taken = await serveAndMeasure(profiles, async (one, keeper) => {
        asked.push(one)
        setTimeout(() => seen.push(keeper.held), 10) // its process takes longer to start
        return true
      })
      expect(taken.rounds).toBe(2)
      expect(asked).toEqual([{ what: 'profile of small', model: null, bytes: expect.any(Object) }])
      expect(asked[0]?.bytes.host).toBeGreaterThan(MIB)
      expect(seen).toEqual([asked])
      await profiles.remove('cpu-9', 'small')
      expect(await serveAndMeasure(profiles, async () => false)).toMatchObject({ rounds: 1 })
    } finally {
      await connection.close()
    }
  }, 60_000)
})

describe('the profile of a model that is no more', () => {
  it('is forgotten, in Redis too; that of another stays', async () => {
    const connection = redis.connect()
    const profiles = new Profiles(connection.redis, connection.keys)
    const device = { ...profiledCpu, id: 'cpu-8' }
    const [kept, removed] = ['kept', 'removed'].map(model => madeUpProfile({ model, device }))
    try {
      await profiles.write(removed!)
      const book = await ProfileBook.open(profiles, 'cpu-8', log)
      await book.keep(kept!)
      await book.sweep(model => model === 'kept')
      expect(await profiles.list('cpu-8')).toEqual([kept])
      const subject = { model: 'removed', digest: 'abc', precision: 'fp32', device } as const
      expect(book.why(subject)).toBe('it was never measured here')
      expect(book.why({ ...subject, model: 'kept' })).toBeNull()
    } finally {
      await connection.close()
    }
  })
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

  it('forgets the profile of a model whose file was taken away', async () => {
    const { redis: client, keys } = stages.redis.connect()
    const profiles = new Profiles(client, keys)
    const small = (await stored())!
    folder.addSynthetic('passing', 64, 32)
    const known = async () => (await stages.api('GET', '/api/v1/models/passing')).status
    await expect.poll(known, { timeout: 15_000, interval: 250 }).toBe(200)
    const { body } = await stages.api<JobView>('POST', '/api/v1/models/passing/profile')
    const job = async () => (await stages.api<JobView>('GET', `/api/v1/jobs/${body.id}`)).body
    await expect.poll(async () => (await job()).endedAt, { timeout: 60_000, interval: 250 }).not.toBeNull()
    const names = async () => (await profiles.list(small.device.id)).map(({ model }) => model).sort()
    expect(await names()).toEqual(['passing', 'small'])
    fs.rmSync(path.join(folder.path, 'passing.onnx'))
    await expect.poll(names, { timeout: 15_000, interval: 250 }).toEqual(['small'])
  }, 120_000)

  it('knows no profile of a model that it does not know', async () => {
    const { status } = await stages.api('GET', '/api/v1/models/nobody/profile')
    expect(status).toBe(404)
  })
})
