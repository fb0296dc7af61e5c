/** kill -9 of each process under load: detections return within 10 s; no slot is lost, no frame torn or sent twice, no decoder left. */
import fs from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ProcessList, StreamList } from '../../shared/api/views.js'
import type { Stage } from '../../shared/process/report.js'
import { Ledger } from '../../shared/redis/ledger.js'
import { SlotState, SlotWord, stateOf } from '../../shared/slab/layout.js'
import { Slab } from '../../shared/slab/slab.js'
import { childrenOf } from '../bench/proc.js'
import { type Camera, startCamera } from '../tools/gst-camera.js'
import { connectLive, type LiveClient } from '../tools/live-client.js'
import { peopleClip } from '../tools/people.js'
import { type Stages, startStages } from '../tools/stages.js'

const CAMERAS = 3
const RECOVERY_MS = 10_000
const ids = Array.from({ length: CAMERAS }, (_, i) => `cam-${i}`)

let stages: Stages
let cameras: Camera[]
let client: LiveClient
const seen = new Set<string>()

beforeAll(async () => {
  cameras = await Promise.all(
    ids.map(() => startCamera({ codec: 'h264', file: peopleClip(), width: 768, height: 576, fps: 10 })),
  )
  stages = await startStages({ RINGSIDE_SLAB_CHECKSUM: 'true' })
  await stages.ready()
  client = await watch()
  for (const [i, id] of ids.entries()) {
    expect((await stages.api('POST', '/api/v1/streams', { id, url: cameras[i]!.url })).status).toBe(201)
  }
  await allSeen()
})
afterAll(async () => {
  client?.close()
  await stages?.close()
  await Promise.all((cameras ?? []).map(camera => camera.kill()))
})

async function watch(): Promise<LiveClient> {
  const live = await connectLive(stages)
  live.send({ type: 'subscribe' })
  return live
}

const allSeen = (timeoutMs = 20_000): Promise<unknown> =>
  Promise.all(ids.map(id => client.next(({ stream }) => stream === id, timeoutMs)))

/** Every (stream, epoch, seq) that a client got, over all rounds. */
function collect(): void {
  for (const { stream, epoch, seq } of client.detections.splice(0)) {
    const frame = `${stream} ${epoch} ${seq}`
    expect(seen.has(frame), `${frame} was sent twice`).toBe(false)
    seen.add(frame)
  }
}

async function slab(): Promise<Slab> {
  const { slabs } = (await stages.api<ProcessList>('GET', '/api/v1/processes')).body
  return Slab.attach(slabs[0]!.path)
}

const decoders = (): number[] => childrenOf(stages.process('ingest').pid as number)
const running = (pids: readonly number[]): number[] => pids.filter(pid => fs.existsSync(`/proc/${pid}`))

describe.each(['ingest', 'infer', 'publish'] as Stage[])('kill -9 of %s', stage => {
  it.each([1, 2, 3])('is survived (%i)', async () => {
    const before = decoders()
    await stages.kill(stage)
    if (stage === 'ingest') await expect.poll(() => running(before), { timeout: 2000 }).toEqual([])
    stages.start(stage)
    if (stage === 'publish') {
      collect()
      await stages.ready()
      client = await watch()
    }
    await allSeen(RECOVERY_MS)
    await new Promise(resolve => setTimeout(resolve, 1500)) // under load again
    collect()
  })
})

describe('what a killed infer held', () => {
  it('is gone from the ledger within 5 s, and held again by the next one', async () => {
    const { redis, keys, close } = stages.redis.connect()
    const held = async (): Promise<string[]> =>
      (await new Ledger(redis, keys).list())
        .map(({ holder }) => holder)
        .filter(holder => holder.startsWith('held:infer:'))
    const model = async () => (await held()).filter(holder => holder.includes(':model '))
    await expect.poll(model, { timeout: 5000 }).toHaveLength(1) // its default one
    const [before] = await model()
    await stages.kill('infer')
    await expect.poll(held, { timeout: 5000 }).toEqual([])
    stages.start('infer')
    await allSeen(RECOVERY_MS)
    await expect.poll(model, { timeout: 5000 }).toHaveLength(1)
    expect(await held()).not.toContain(before)
    collect()
    await close()
  })
})

describe('kill -9 of Redis', () => {
  it('is survived by every stage, and what was registered is there again', async () => {
    const pids = (['ingest', 'infer', 'publish'] as const).map(stage => stages.process(stage).pid)
    await stages.redis.kill()
    await new Promise(resolve => setTimeout(resolve, 2000))
    await stages.redis.start()
    await allSeen(RECOVERY_MS)
    collect()
    expect((['ingest', 'infer', 'publish'] as const).map(stage => stages.process(stage).pid)).toEqual(pids)
    for (const stage of ['ingest', 'infer', 'publish'] as const)
      expect(stages.process(stage).exitCode).toBeNull()
  })
})

describe('a full Redis', () => {
  it('costs results, no process: detections return when it has room', async () => {
    const pids = (['ingest', 'infer', 'publish'] as const).map(stage => stages.process(stage).pid)
    const { redis, close } = stages.redis.connect()
    await redis.config('SET', 'maxmemory', '1mb')
    await new Promise(resolve => setTimeout(resolve, 4000))
    await redis.config('SET', 'maxmemory', '0')
    await close()
    await allSeen(5000)
    collect()
    expect((['ingest', 'infer', 'publish'] as const).map(stage => stages.process(stage).pid)).toEqual(pids)
    for (const stage of ['ingest', 'infer', 'publish'] as const)
      expect(stages.process(stage).exitCode).toBeNull()
    expect(stages.log('infer')).toContain('Redis does not take the heartbeat')
  })
})

describe('after all that', () => {
  it('one decoder process runs, which decodes all streams', () => {
    expect(decoders()).toHaveLength(1)
  })

  it('no frame was torn', () => {
    expect(stages.log('infer')).not.toContain('torn frame')
    expect(seen.size).toBeGreaterThan(100)
  })

  it('every frame is accounted for', async () => {
    const { streams } = (await stages.api<StreamList>('GET', '/api/v1/streams')).body
    expect(streams.map(({ frames }) => frames.residual)).toEqual(ids.map(() => 0))
  })

  it('no slot is lost: with the streams paused, every one is free', async () => {
    await Promise.all(ids.map(id => stages.api('PATCH', `/api/v1/streams/${id}`, { enabled: false })))
    const mapped = await slab()
    const taken = (): number[] =>
      Array.from({ length: mapped.layout.slotCount }, (_, slot) => slot).filter(
        slot => stateOf(Atomics.load(mapped.words(slot), SlotWord.STATE)) !== SlotState.FREE,
      )
    await expect.poll(taken, { timeout: 8000 }).toEqual([])
    mapped.close()
    await expect.poll(decoders, { timeout: 3000 }).toEqual([])
  })
})
