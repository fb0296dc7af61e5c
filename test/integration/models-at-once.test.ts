/** Several models on one device: each stream has its own, a change costs no second, and one model's trouble is no other's. */
import fs from 'node:fs'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { DeviceList, StreamView } from '../../shared/api/views.js'
import type { HostedModelReport } from '../../shared/process/report.js'
import { Reports } from '../../shared/redis/reports.js'
import { childrenOf } from '../bench/proc.js'
import { type Camera, startCamera } from '../tools/gst-camera.js'
import { connectLive, type LiveClient } from '../tools/live-client.js'
import { createModelFolder, type ModelFolder } from '../tools/model-folder.js'
import { type Stages, startStages } from '../tools/stages.js'

const UNLOAD_AFTER_MS = 1500
/** What the issue allows. */
const MAX_LOSS_MS = 1000

let folder: ModelFolder
let stages: Stages
let client: LiveClient
const cameras = new Map<number, Camera>()
const streams = new Set<string>()

beforeAll(async () => {
  folder = createModelFolder()
  folder.addCopy('twin')
  folder.addSynthetic('wide', 320, 256)
  folder.addSynthetic('vanishing', 64, 32)
  folder.addBroken('broken')
  stages = await startStages({
    RINGSIDE_MODELS_DIR: folder.path,
    RINGSIDE_MODEL_UNLOAD_AFTER_MS: String(UNLOAD_AFTER_MS),
    RINGSIDE_SLAB_MAX_STREAMS: '4',
    RINGSIDE_SLAB_CHECKSUM: 'true',
  })
  for (const fps of [10, 25]) cameras.set(fps, await startCamera({ width: 320, height: 240, fps, gop: fps }))
  await stages.ready()
  await vi.waitFor(async () => expect(await named()).toContain('vanishing'), { timeout: LOAD_MS })
  client = await connectLive(stages)
  client.send({ type: 'subscribe' })
})
afterEach(async () => {
  for (const id of streams) await stages.api('DELETE', `/api/v1/streams/${id}`)
  streams.clear()
})
afterAll(async () => {
  if (process.env.SHOW_LOGS) console.log(stages.log('infer'), stages.log('ingest'))
  client?.close()
  await stages?.close()
  folder?.close()
  await Promise.all([...cameras.values()].map(camera => camera.kill()))
})

async function add(id: string, model: string | null, fps = 10): Promise<number> {
  const url = (cameras.get(fps) as Camera).url
  const { status } = await stages.api('POST', '/api/v1/streams', { id, url, model })
  if (status === 201) streams.add(id)
  return status
}

const change = (id: string, model: string | null) => stages.api('PATCH', `/api/v1/streams/${id}`, { model })

/** What infer told that can be named: it looks into every file first. */
async function named(): Promise<string[]> {
  const { redis, keys, close } = stages.redis.connect()
  const models = await new Reports(redis, keys).models()
  await close()
  return models.map(({ name }) => name)
}

async function view(id: string): Promise<StreamView> {
  return (await stages.api<StreamView>('GET', `/api/v1/streams/${id}`)).body
}

async function hosted(name: string): Promise<HostedModelReport | undefined> {
  const { gpus } = (await stages.api<DeviceList>('GET', '/api/v1/gpus')).body
  return gpus[0]?.models.find(model => model.name === name)
}

const LOAD_MS = 30_000

const seen = (id: string, model: string, timeoutMs = LOAD_MS) =>
  client.next(message => message.stream === id && message.model === model, timeoutMs)

/** Only this model's detections come: those of the one before are all told. */
async function settled(id: string, model: string): Promise<void> {
  const last = () => client.detections.filter(({ stream }) => stream === id).slice(-5)
  await expect
    .poll(() => last().map(message => message.model), { timeout: LOAD_MS })
    .toEqual(Array(5).fill(model))
}

const slabFiles = (): string[] => fs.readdirSync('/dev/shm').filter(name => name.includes(ownPrefix()))

/** Slabs of this installation, told from those of others by what infer has mapped. */
function ownPrefix(): string {
  const maps = fs.readFileSync(`/proc/${stages.process('infer').pid}/maps`, 'utf8')
  return /\/(ringside-[0-9a-f]{10}-)\S+\.slab/.exec(maps)?.[1] as string
}

describe('streams with a model each', () => {
  it('are served at once, each from its own slab, and every frame balances', async () => {
    expect(await add('gate', null)).toBe(201)
    expect(await add('yard', 'wide')).toBe(201)
    const [gate, yard] = await Promise.all([seen('gate', 'ringside-nano'), seen('yard', 'wide')])
    expect(gate.frame).toEqual({ width: 320, height: 240 })
    expect(yard.detections.map(({ classId }) => classId)).toContain(0)
    expect(slabFiles()).toHaveLength(2)
    await expect
      .poll(() => hosted('wide'), { timeout: 5000 })
      .toMatchObject({ state: 'loaded', streams: 1, inputWidthPx: 320, inputHeightPx: 256 })
    const wide = (await hosted('wide')) as HostedModelReport
    expect(wide.chargedBytes).toBeGreaterThan(0)
    expect(wide.estimatedBytes).toBeGreaterThan(0)
    expect(wide.measuredBytes).toBe(wide.chargedBytes)
    for (const id of ['gate', 'yard']) expect((await view(id)).frames.residual).toBe(0)
  })

  it('share one slab and one engine where they name the same', async () => {
    await add('gate', 'wide')
    await add('yard', 'wide@fp32')
    await Promise.all([seen('gate', 'wide'), seen('yard', 'wide')])
    await expect.poll(() => hosted('wide'), { timeout: 5000 }).toMatchObject({ streams: 2 })
    expect(slabFiles()).toHaveLength(2)
    expect(await view('yard')).toMatchObject({ model: 'wide' })
  })
})

describe('a change of model at run time', () => {
  it.each([
    [10, 'twin', 'frames of the same size'],
    [25, 'twin', 'frames of the same size'],
    [10, 'wide', 'frames of another size'],
    [25, 'wide', 'frames of another size'],
  ])('at %i fps to %s (%s) loses less than a second of detections, there and back', async (fps, model) => {
    const id = `${model}-${fps}`
    await add(id, null, fps)
    await seen(id, 'ringside-nano')
    const before = await view(id)
    client.detections.splice(0)
    await change(id, model)
    await settled(id, model)
    await change(id, null)
    await settled(id, 'ringside-nano')
    const gaps = gapsOf(id)
    console.log(`${fps} fps to ${model}: largest gap ${Math.max(...gaps)} ms of ${gaps.length}`)
    expect(Math.max(...gaps)).toBeLessThanOrEqual(MAX_LOSS_MS + 1000 / fps)
    expect(risesWithinEpochs(id)).toBe(true)
    // Stages report once a second, and the change may have taken less.
    const restarts = before.restarts + (model === 'wide' ? 2 : 0)
    await expect.poll(async () => (await view(id)).restarts, { timeout: 5000 }).toBe(restarts)
    await expect
      .poll(async () => (await view(id)).frames.received, { timeout: 5000 })
      .toBeGreaterThan(before.frames.received)
    expect((await view(id)).frames.residual).toBe(0)
    await expect.poll(() => childrenOf(stages.process('ingest').pid as number)).toHaveLength(1)
  })

  /** Between consecutive captures that have detections, ms. */
  function gapsOf(id: string): number[] {
    const at = client.detections
      .filter(({ stream }) => stream === id)
      .map(({ capturedAt }) => capturedAt)
      .sort((a, b) => a - b)
    return at.slice(1).map((ms, i) => ms - (at[i] as number))
  }

  function risesWithinEpochs(id: string): boolean {
    const last = new Map<number, number>()
    return client.detections
      .filter(({ stream }) => stream === id)
      .every(({ epoch, seq }) => {
        const rises = seq > (last.get(epoch) ?? -1)
        last.set(epoch, seq)
        return rises
      })
  }
})

describe('a model that no stream uses any more', () => {
  it('is unloaded after a while: its slab and its thread are gone, its counts are not', async () => {
    await add('gate', 'wide')
    await seen('gate', 'wide')
    await expect
      .poll(async () => (await view('gate')).frames.inferred, { timeout: 10_000 })
      .toBeGreaterThan(5)
    const threads = threadsOf('infer')
    const { inferred } = (await view('gate')).frames
    await change('gate', null)
    await seen('gate', 'ringside-nano')
    await expect.poll(() => hosted('wide'), { timeout: 10_000 }).toBeUndefined()
    expect(slabFiles().filter(name => name.includes('wide'))).toEqual([])
    expect(threadsOf('infer')).toBeLessThan(threads)
    await expect
      .poll(async () => (await view('gate')).frames.inferred, { timeout: 10_000 })
      .toBeGreaterThan(inferred)
    expect((await view('gate')).frames.residual).toBe(0)
  })

  function threadsOf(stage: 'infer'): number {
    return fs.readdirSync(`/proc/${stages.process(stage).pid}/task`).length
  }
})

describe('a model that cannot be served', () => {
  it('is refused by name where it is unknown or of no use', async () => {
    expect(await add('gate', 'no-such')).toBe(422)
    const { status, body } = await stages.api<{ code: string; detail: string }>('POST', '/api/v1/streams', {
      id: 'gate',
      url: (cameras.get(10) as Camera).url,
      model: 'broken',
    })
    expect([status, body.code]).toEqual([422, 'unknown_model'])
    expect(body.detail).toContain('broken cannot be used')
  })

  it('leaves its stream with the model it had, says why, and takes nothing from the others', async () => {
    await add('gate', null)
    await add('yard', null)
    await Promise.all([seen('gate', 'ringside-nano'), seen('yard', 'ringside-nano')])
    folder.remove('vanishing')
    expect((await change('yard', 'vanishing')).status).toBe(200)
    await expect
      .poll(async () => (await view('yard')).reason, { timeout: 10_000 })
      .toMatchObject({ code: 'model_unavailable', text: expect.stringContaining('vanishing') })
    expect((await view('yard')).state).toBe('live')
    await Promise.all([seen('gate', 'ringside-nano', 2000), seen('yard', 'ringside-nano', 2000)])
    folder.addSynthetic('vanishing', 64, 32)
    await seen('yard', 'vanishing', 25_000)
    await expect.poll(async () => (await view('yard')).reason, { timeout: 5000 }).toBeNull()
  })
})
