/** A budget lowered under load: streams give way in the declared order, others lose nothing, and all come back when it is raised. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { DeviceView, StreamView } from '../../shared/api/views.js'
import type { BudgetEvent } from '../../shared/budget/degradation.js'
import { dropReasons } from '../../shared/frame/balance.js'
import { Capacities } from '../../shared/redis/capacities.js'
import { History } from '../../shared/redis/history.js'
import { Profiles } from '../../shared/redis/profiles.js'
import { Reports } from '../../shared/redis/reports.js'
import { type Camera, startCamera } from '../tools/gst-camera.js'
import { connectLive, type LiveClient } from '../tools/live-client.js'
import { createModelFolder, type ModelFolder } from '../tools/model-folder.js'
import { plainProfile } from '../tools/plain-profile.js'
import { type Stages, startStages } from '../tools/stages.js'

const FPS = 8
const RECOVER_MS = 700

let folder: ModelFolder
let config: string
let stages: Stages
let camera: Camera
let client: LiveClient
/** Of the stream that never gives way, before the budget is lowered. */
let untouched: { drops: number; frames: number }

beforeAll(async () => {
  folder = createModelFolder()
  folder.addSynthetic('wide', 320, 256)
  config = fs.mkdtempSync(path.join(os.tmpdir(), 'rs-budget-'))
  const file = path.join(config, 'ringside.yml')
  fs.writeFileSync(file, `budget:\n  profile: false\n  recoverAfterMs: ${RECOVER_MS}\n`)
  camera = await startCamera({ width: 320, height: 240, fps: FPS, gop: FPS })
  stages = await startStages({
    RINGSIDE_CONFIG: file,
    RINGSIDE_MODELS_DIR: folder.path,
    RINGSIDE_SLAB_MAX_STREAMS: '4',
  })
  await stages.ready(90_000)
  const { redis, keys } = stages.redis.connect()
  const [capacities, profiles] = [new Capacities(redis, keys), new Profiles(redis, keys)]
  await vi.waitFor(async () => expect(await capacities.find('cpu-0')).not.toBeNull(), { timeout: 20_000 })
  const reports = new Reports(redis, keys)
  await vi.waitFor(async () => expect((await reports.models()).map(({ name }) => name)).toContain('wide'), {
    timeout: 20_000,
  })
  const profiled = (await capacities.find('cpu-0'))?.profiled
  for (const [model, msPerFrame] of [
    ['ringside-nano', 10], // a frame a second takes 1 %
    ['wide', 5],
  ] as const) {
    const profile = plainProfile(model, msPerFrame)
    await profiles.write({ ...profile, device: { ...profile.device, ...profiled } })
  }
  client = await connectLive(stages)
  client.send({ type: 'subscribe' })
  for (const [id, priority] of [
    ['low', 2],
    ['mid', 5],
    ['high', 9],
  ] as const) {
    const fallbackModel = id === 'low' ? 'wide' : null
    const answer = await stages.api('POST', '/api/v1/streams', {
      id,
      priority,
      fps: FPS,
      fallbackModel,
      url: camera.url,
    })
    expect(answer.status, JSON.stringify(answer.body)).toBe(201)
  }
  await vi.waitFor(
    async () => expect((await views()).map(({ state }) => state)).toEqual(['live', 'live', 'live']),
    {
      timeout: 20_000,
    },
  )
})
afterAll(async () => {
  client?.close()
  await stages?.close()
  await camera?.kill()
  folder?.close()
  fs.rmSync(config, { recursive: true, force: true })
})

async function views(): Promise<StreamView[]> {
  return (await stages.api<{ streams: StreamView[] }>('GET', '/api/v1/streams')).body.streams
}
async function view(id: string): Promise<StreamView> {
  return (await stages.api<StreamView>('GET', `/api/v1/streams/${id}`)).body
}
const events = (): BudgetEvent[] =>
  client.events.filter(({ type }) => type === 'budget') as unknown as BudgetEvent[]
const told = (): string[] => events().map(({ direction, kind, stream }) => `${direction} ${kind} ${stream}`)
async function budget(change: object): Promise<void> {
  const answer = await stages.api('PATCH', '/api/v1/gpus/cpu-0/budget', change)
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
}
const framesOf = (id: string) => client.detections.filter(({ stream }) => stream === id)
const dropsOf = async (id: string): Promise<number> => {
  const { drops } = (await view(id)).frames
  return dropReasons.reduce((sum, reason) => sum + drops[reason], 0)
}

/** Drops of its beginning are reported within a second or two: from then on there is none. */
async function settledDrops(id: string): Promise<number> {
  for (let before = -1; ; ) {
    const drops = await dropsOf(id)
    if (drops === before) return drops
    before = drops
    await new Promise(resolve => setTimeout(resolve, 2500))
  }
}

const goingDown = ['down fps low', 'down fps low', 'down model low', 'down pause low', 'down fps mid']

it('lowered below what runs, streams give way in the declared order within a second, and each step is told', async () => {
  untouched = { drops: await settledDrops('high'), frames: framesOf('high').length }
  const from = performance.now()
  await budget({ utilisation: 0.23 }) // 24 % are promised
  await vi.waitFor(() => expect(told()).toEqual(goingDown.slice(0, 1)), { timeout: 3000, interval: 10 })
  expect(performance.now() - from).toBeLessThan(1000)
  expect(events()[0]).toMatchObject({
    from: { fps: FPS, model: null, paused: false },
    to: { fps: FPS / 2, model: null, paused: false },
    level: 1,
  })
  expect(events()[0]?.reason).toMatch(/cpu-0 cannot carry .* 24 %, and 23 % may be promised/)
  await budget({ utilisation: 0.15 })
  await vi.waitFor(() => expect(told()).toEqual(goingDown), { timeout: 3000 })
  await vi.waitFor(async () => expect(await view('low')).toMatchObject({ state: 'paused' }), {
    timeout: 3000,
  })
  const low = await view('low')
  expect(low).toMatchObject({ enabled: true, fps: FPS, reason: { code: 'paused_by_budget' } })
  expect(low.degradation).toMatchObject({
    kind: 'pause',
    level: 4,
    fps: FPS / 4,
    model: 'wide',
    paused: true,
  })
  await vi.waitFor(async () => expect((await view('mid')).receivedFps).toBeLessThan(FPS * 0.7), {
    timeout: 6000,
  })
})

it('a stream that does not give way loses nothing meanwhile: no restart, no drop, no gap', async () => {
  const before = framesOf('high').length
  await vi.waitFor(() => expect(framesOf('high').length).toBeGreaterThan(before + 12), { timeout: 10_000 })
  const high = await view('high')
  expect(high).toMatchObject({ state: 'live', restarts: 0, degradation: null })
  const frames = framesOf('high').slice(untouched.frames)
  expect(new Set(frames.map(({ epoch }) => epoch)).size).toBe(1)
  const seqs = frames.map(({ seq }) => seq)
  const missing = (seqs.at(-1) as number) - (seqs[0] as number) + 1 - seqs.length
  expect(missing).toBe(0)
  expect(await settledDrops('high')).toBe(untouched.drops)
  expect(high.frames.residual).toBe(0)
})

it('a budget that nothing meets ends no process: everything is paused, and REST answers', async () => {
  await budget({ utilisation: 0.01, maxStreams: 0 })
  await vi.waitFor(
    async () => expect((await views()).map(({ state }) => state)).toEqual(Array(3).fill('paused')),
    {
      timeout: 5000,
    },
  )
  for (const stage of ['ingest', 'infer', 'publish'] as const)
    expect(stages.process(stage).exitCode).toBeNull()
})

it('raised again, all come back as they were declared, the most important first, with a line of history for each step', async () => {
  const down = told().length
  await budget({ utilisation: null, maxStreams: null })
  await vi.waitFor(
    async () => expect((await views()).map(({ degradation }) => degradation)).toEqual([null, null, null]),
    {
      timeout: 15 * RECOVER_MS + 5000,
    },
  )
  const up = told().slice(down)
  expect(up.every(step => step.startsWith('up'))).toBe(true)
  expect(up[0]).toBe('up pause high')
  expect(up.at(-1)).toBe('up fps low')
  await vi.waitFor(
    async () => expect((await views()).map(({ state }) => state)).toEqual(['live', 'live', 'live']),
    {
      timeout: 10_000,
    },
  )
  const { redis, keys } = stages.redis.connect()
  const lines = await new History(redis, keys).of('low')
  const steps = lines.filter(({ what }) => what === 'degraded' || what === 'restored')
  expect(steps.map(({ what, by }) => `${what} by ${by}`)).toEqual([
    ...Array(4).fill('degraded by ringside'),
    ...Array(4).fill('restored by ringside'),
  ])
  expect(steps[0]?.changes).toEqual([{ key: 'fps', from: FPS, to: FPS / 2 }])
})

it('a batch window holds within a second, without a restart, and goes back to what the settings say', async () => {
  const windowMs = async (): Promise<number | undefined> =>
    (await stages.api<{ gpus: { batchWindowMs: number }[] }>('GET', '/api/v1/gpus')).body.gpus[0]
      ?.batchWindowMs
  const { pid } = stages.process('infer')
  await budget({ batchWindowMs: 37 })
  await vi.waitFor(async () => expect(await windowMs()).toBe(37), { timeout: 4000 }) // reported once a second
  await budget({ batchWindowMs: null })
  await vi.waitFor(async () => expect(await windowMs()).not.toBe(37), { timeout: 4000 })
  expect(stages.process('infer').pid).toBe(pid)
})

it('the memory that models may take follows within a second, for what is loaded next, and unloads nothing', async () => {
  const gpu = async () => {
    const { gpus } = (await stages.api<{ gpus: DeviceView[] }>('GET', '/api/v1/gpus')).body
    return gpus[0] as DeviceView
  }
  const before = await gpu()
  await budget({ memoryFraction: 0.4 })
  await vi.waitFor(
    async () => expect((await gpu()).memoryLimitBytes / before.memoryLimitBytes).toBeCloseTo(0.5, 5),
    { timeout: 4000 }, // reported once a second
  )
  expect((await gpu()).models.map(({ name, state }) => `${name} ${state}`)).toContain('ringside-nano loaded')
  await budget({ memoryFraction: null })
  await vi.waitFor(async () => expect((await gpu()).memoryLimitBytes).toBe(before.memoryLimitBytes), {
    timeout: 4000,
  })
})
