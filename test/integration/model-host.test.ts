/** The host with real models, slabs, engines and Redis: room that runs out and comes back, an engine that fails, memory that returns. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { loadConfig } from '../../config/load.js'
import { cpuDevice } from '../../infer/engine/device.js'
import { ModelHost } from '../../infer/host/host.js'
import { ModelLoader } from '../../infer/host/loader.js'
import { anonymousBytes } from '../../infer/host/memory.js'
import { Inference } from '../../infer/inference.js'
import { PictureTap } from '../../infer/picture-tap.js'
import { ProfileBook } from '../../infer/profile/book.js'
import { StreamReporter } from '../../infer/reporter.js'
import { Turn } from '../../infer/turn.js'
import { createLog } from '../../shared/log.js'
import { addFrameRef } from '../../shared/redis/publish-streams.js'
import { Reports } from '../../shared/redis/reports.js'
import { RingWriter } from '../../shared/slab/ring-writer.js'
import { createModelFolder, type ModelFolder } from '../tools/model-folder.js'
import { madeUpProfile } from '../tools/model-profile.js'
import { startRedis, type TestRedis } from '../tools/redis-server.js'
import { stampOf } from '../tools/temp-slab.js'

const UNLOAD_AFTER_MS = 60_000
const log = createLog({ level: 'silent', name: 'test' })
const book = new ProfileBook(log)
let redis: TestRedis
let folder: ModelFolder
let dataDir: string
let closers: (() => Promise<unknown>)[]

beforeAll(async () => {
  redis = await startRedis()
  folder = createModelFolder()
  for (const name of ['a', 'b', 'c']) folder.addSynthetic(name, 64, 32)
  folder.addFailing('fragile', 64, 32)
  dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'rs-host-'))
})
beforeEach(() => {
  closers = []
})
afterEach(async () => {
  for (const close of closers.reverse()) await close()
})
afterAll(async () => {
  await redis.close()
  folder.close()
  fs.rmSync(dataDir, { recursive: true })
})

function hostOf(limitBytes: number, defaultModel = 'a') {
  const limit = { host: limitBytes, device: 0 }
  const config = loadConfig({
    PATH: process.env.PATH,
    RINGSIDE_DATA_DIR: dataDir,
    RINGSIDE_MODELS_DIR: folder.path,
    RINGSIDE_SLAB_MAX_STREAMS: '2',
  })
  const connection = redis.connect()
  const reports = new Reports(connection.redis, connection.keys)
  const turn = new Turn()
  const said: Promise<unknown>[] = []
  const loader = new ModelLoader(config, cpuDevice('cpu-9'), turn, log, book)
  const reporter = new StreamReporter(() => host.ledgers())
  const outlet = { watched: async () => [], send: async () => undefined }
  const pictures = new PictureTap(outlet, 1, log)
  const fail = (error: unknown): void => {
    throw error
  }
  const context = { log, connection, reports, instance: 'test', stopping: new AbortController().signal, fail }
  const host: ModelHost = new ModelHost(
    loader,
    { limit, unloadAfterMs: UNLOAD_AFTER_MS, defaultModel },
    {
      announce: slab => said.push(reports.announceSlab(slab)),
      withdraw: id => said.push(reports.withdrawSlab(id)),
      infer: (loaded, onFailure) =>
        new Inference(config, loaded, { context, reporter, pictures, turn }, onFailure),
      deviceLost: fail,
    },
    log,
  )
  closers.push(
    () => connection.close(),
    () => Promise.all(said),
    async () => pictures.close(),
    () => host.close(),
  )
  return { host, limit, loader, connection, reporter, stateOf: (name: string) => stateOf(host, name) }
}

function stateOf(host: ModelHost, name: string) {
  const report = host.models.find(model => model.name === name)?.report()
  return report && [report.state, report.reason?.code ?? null]
}

const want = (...names: (string | null)[]): Map<string | null, number> =>
  new Map(names.map(name => [name, 1]))
const slabsOf = (host: ModelHost): string[] => host.running.map(({ loaded }) => loaded.slab.path)

/** The three are one file under three names, so that each costs what their profiles say. */
async function chargeEach(engineBytes: number): Promise<number> {
  const { loader } = hostOf(2 ** 40)
  for (const name of ['a', 'b', 'c']) {
    const { device, digest, buckets = [] } = loader.subjectOf(await loader.prepare(name))
    await book.keep(madeUpProfile({ model: name, digest, device, engineBytes, buckets }))
  }
  return loader.chargeOf(await loader.prepare('a')).charged.host
}

describe('room', () => {
  it('is made by the least recently used model, never by one in use; what does not fit says so, and is tried when it may', async () => {
    const charged = await chargeEach(64 * 2 ** 20)
    const { host, stateOf } = hostOf(Math.ceil(2.5 * charged))
    await host.start()
    host.reconcile(want(null, 'b'))
    await expect.poll(() => stateOf('b'), { timeout: 20_000 }).toEqual(['loaded', null])
    const slabOfB = slabsOf(host).find(file => file.endsWith('-b.slab')) as string
    host.reconcile(want(null, 'b', 'c'))
    await expect.poll(() => stateOf('c'), { timeout: 20_000 }).toEqual(['failed', 'model_no_room'])
    expect(host.models.find(({ name }) => name === 'c')?.reason?.text).toMatch(
      /takes \d+ bytes, but \d+ of \d+/,
    )
    expect(stateOf('b')).toEqual(['loaded', null])
    host.reconcile(want(null, 'c'))
    await expect.poll(() => stateOf('c'), { timeout: 20_000 }).toEqual(['loaded', null])
    expect(stateOf('b')).toBeUndefined()
    expect(fs.existsSync(slabOfB)).toBe(false)
    expect(stateOf('a')).toEqual(['loaded', null])
  })
})

describe('a limit that changes', () => {
  it('counts for the next model alone: what is loaded stays, what was refused is loaded when there is room', async () => {
    const charged = await chargeEach(64 * 2 ** 20)
    const { host, limit, stateOf } = hostOf(Math.ceil(2.5 * charged))
    await host.start()
    host.reconcile(want(null, 'b'))
    await expect.poll(() => stateOf('b'), { timeout: 20_000 }).toEqual(['loaded', null])
    limit.host = Math.ceil(charged / 2)
    host.reconcile(want(null, 'b', 'c'))
    await expect.poll(() => stateOf('c'), { timeout: 20_000 }).toEqual(['failed', 'model_no_room'])
    expect([stateOf('a'), stateOf('b')]).toEqual(Array(2).fill(['loaded', null]))
    limit.host = Math.ceil(3.5 * charged)
    host.nudge()
    host.reconcile(want(null, 'b', 'c'))
    await expect.poll(() => stateOf('c'), { timeout: 20_000 }).toEqual(['loaded', null])
    expect([stateOf('a'), stateOf('b')]).toEqual(Array(2).fill(['loaded', null]))
  })
})

describe('an engine that fails at run time', () => {
  it('costs its own model the frames it held, and is loaded again; the others go on', async () => {
    const { host, stateOf, connection, reporter } = hostOf(2 ** 40)
    await host.start()
    host.reconcile(want(null, 'fragile'))
    await expect.poll(() => stateOf('fragile'), { timeout: 20_000 }).toEqual(['loaded', null])
    const { slab, slabInfo } = host.running.find(({ loaded }) => loaded.model.name === 'fragile')!.loaded
    const ring = { row: 0, slots: [0, 1, 2, 3] }
    const writer = new RingWriter(slab, ring, { id: 'gate', incarnation: 1 }, 2000)
    const slot = writer.acquire() as number
    writer.pixels(slot).fill(235) // brighter than the table is long
    const ref = writer.commit(slot, stampOf(0))
    // A reader that begins after a ref was told does not see it; one that saw it finds the second stale.
    const tell = () => addFrameRef(connection.redis, connection.keys, slabInfo.id, ref)
    await expect
      .poll(() => tell().then(() => stateOf('fragile')), { timeout: 10_000 })
      .toEqual(['failed', 'model_unavailable'])
    expect(stateOf('a')).toEqual(['loaded', null])
    const again = setInterval(() => host.reconcile(want(null, 'fragile')), 200)
    closers.push(async () => clearInterval(again))
    await expect.poll(() => stateOf('fragile'), { timeout: 20_000 }).toEqual(['loaded', null])
    const balance = reporter.collect().reports.get('gate')?.balance
    expect(balance).toMatchObject({ received: 1, inferred: 0, inFlight: 0, residual: 0 })
    expect(balance?.drops.engine_error).toBe(1)
  })
})

describe('memory', () => {
  it('comes back when a model is unloaded: no thread, no mapping, no file, no growth over cycles', async () => {
    const { loader } = hostOf(2 ** 40)
    const model = await loader.prepare('ringside-nano')
    const cycle = async (): Promise<number> => {
      const { loaded } = await loader.load(model, false)
      const bytes = anonymousBytes()
      await loader.unload(loaded)
      loader.removeSlab(model.name)
      expect(fs.existsSync(loaded.slab.path)).toBe(false)
      return bytes
    }
    await cycle() // the runtime's own threads and tables stay
    const threads = threadCount()
    const before = anonymousBytes()
    const loadedBytes: number[] = []
    for (let i = 0; i < 5; i++) loadedBytes.push(await cycle())
    expect(threadCount()).toBeLessThanOrEqual(threads)
    expect(fs.readFileSync('/proc/self/maps', 'utf8')).not.toContain('ringside-nano.slab')
    const taken = Math.min(...loadedBytes) - before
    console.log(`one load takes ${mib(taken)} MiB; five cycles keep ${mib(anonymousBytes() - before)} MiB`)
    expect(anonymousBytes() - before).toBeLessThan(taken / 2)
  })
})

const threadCount = (): number => fs.readdirSync('/proc/self/task').length
const mib = (bytes: number): string => (bytes / 2 ** 20).toFixed(1)
