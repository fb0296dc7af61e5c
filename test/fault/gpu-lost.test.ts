/** A device that is lost with two batches under way: nothing is published afterwards, the process is gone within a second, and the next one serves. */
import { type ChildProcess, spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { monotonicMs, sleep } from '../../shared/clock.js'
import type { DetectionsMessage } from '../../shared/detection/message.js'
import { addFrameRef } from '../../shared/redis/publish-streams.js'
import { Reports } from '../../shared/redis/reports.js'
import { RingWriter } from '../../shared/slab/ring-writer.js'
import { Slab } from '../../shared/slab/slab.js'
import { createModelFolder, type ModelFolder } from '../tools/model-folder.js'
import { startRedis, type TestRedis } from '../tools/redis-server.js'
import { stampOf } from '../tools/temp-slab.js'

const PROGRAM = fileURLToPath(new URL('../../dist/test/tools/losing-infer.js', import.meta.url))
const MAX_EXIT_MS = 1000
const START_MS = 30_000
const GREY = 100
/** Brighter than the table of the model is long. */
const WHITE = 235

let redis: TestRedis
let folder: ModelFolder
let dataDir: string
let infer: { child: ChildProcess; log: string } | null = null

beforeAll(async () => {
  redis = await startRedis()
  folder = createModelFolder()
  folder.addFailing('fragile', 64, 32)
  dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'rs-lost-'))
})
afterEach(async () => {
  if (infer && infer.child.exitCode === null) {
    const gone = new Promise(resolve => infer?.child.once('exit', resolve))
    infer.child.kill('SIGTERM')
    await gone
  }
  infer = null
})
afterAll(async () => {
  await redis.close()
  folder.close()
  fs.rmSync(dataDir, { recursive: true })
})

function startInfer() {
  const child = spawn(process.execPath, [PROGRAM], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      REDIS_URL: redis.url,
      RINGSIDE_DATA_DIR: dataDir,
      RINGSIDE_MODELS_DIR: folder.path,
      RINGSIDE_MODEL: 'fragile',
      RINGSIDE_SLAB_MAX_STREAMS: '2',
      RINGSIDE_INFER_BUCKETS: '[1]',
    },
  })
  const started = { child, log: '' }
  child.stdout.on('data', chunk => {
    started.log += chunk
  })
  infer = started
  return started
}

/** What a camera's ring and a client's subscription are here. */
async function feed() {
  const { redis: client, keys, close } = redis.connect()
  const reports = new Reports(client, keys)
  const announced = async () => (await reports.slabs()).find(({ id }) => id.startsWith('cuda-7-'))
  await expect.poll(announced, { timeout: START_MS }).toBeDefined()
  const info = (await announced())!
  const slab = Slab.attach(info.path)
  const ring = { row: 0, slots: [0, 1, 2, 3] }
  const writer = new RingWriter(slab, ring, { id: 'gate', incarnation: 1 }, 2000)
  let seq = 0
  const frame = (grey: number) => {
    const slot = writer.acquire()
    if (slot === null) return null
    writer.pixels(slot).fill(grey)
    return writer.commit(slot, stampOf(seq++))
  }
  const send = async (...greys: number[]): Promise<void> => {
    const refs = greys.map(frame).filter(ref => ref !== null)
    await Promise.all(refs.map(ref => addFrameRef(client, keys, info.id, ref)))
  }
  const published = async (): Promise<DetectionsMessage[]> => {
    const entries = await client.xrange(keys.detections, '-', '+')
    return entries.map(
      ([, fields]) => JSON.parse(fields[fields.indexOf('m') + 1] as string) as DetectionsMessage,
    )
  }
  return {
    send,
    published,
    next: () => seq,
    balance: () => writer.ledger.balance(),
    async close(): Promise<void> {
      slab.close()
      await close()
    },
  }
}

/** When it was gone; its last words have been read by then too. */
async function ended({ child }: { child: ChildProcess }): Promise<{ code: number | null; atMs: number }> {
  const closed = new Promise(resolve => child.once('close', resolve))
  const code = await new Promise<number | null>(resolve => child.once('exit', resolve))
  const atMs = Date.now()
  await closed
  return { code, atMs }
}

describe('a lost device', () => {
  it('publishes nothing after the fault, ends the process within a second, and the next one serves', async () => {
    const first = startInfer()
    const camera = await feed()
    // A reader that begins after a ref was told does not see it.
    await expect
      .poll(() => camera.send(GREY).then(camera.published), { timeout: START_MS })
      .not.toHaveLength(0)
    await sleep(100)

    const exit = ended(first)
    const fatalSeq = camera.next()
    await camera.send(WHITE, GREY, GREY) // the second is under way when the first fails
    const { code, atMs } = await exit
    const fatal = first.log
      .split('\n')
      .filter(line => line.includes('"level":60'))
      .map(line => JSON.parse(line) as { code: string; time: number; msg: string })
    expect(fatal).toMatchObject([{ code: 'gpu_lost', msg: expect.stringContaining('The device is lost') }])
    expect(code).toBe(1)
    expect(atMs - fatal[0]!.time).toBeLessThan(MAX_EXIT_MS)
    console.log(`gone ${atMs - fatal[0]!.time} ms after it said so`)
    const before = await camera.published()
    expect(Math.max(...before.map(({ seq }) => seq))).toBeLessThan(fatalSeq)

    const startedAtMs = monotonicMs()
    startInfer()
    await expect
      .poll(() => camera.send(GREY).then(camera.published), { timeout: START_MS, interval: 100 })
      .not.toHaveLength(before.length)
    console.log(`serves again after ${Math.round(monotonicMs() - startedAtMs)} ms`)
    await expect.poll(() => camera.balance().inFlight, { timeout: 5000 }).toBe(0)
    expect(camera.balance().residual).toBe(0)
    expect(camera.balance().drops.engine_error).toBeGreaterThan(0)
    expect((await camera.published()).some(({ seq }) => seq === fatalSeq)).toBe(false)
    await camera.close()
  })
})
