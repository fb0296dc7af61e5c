/** Memory of the real stages: the timeline fills, what is held sums to what is resident, sessions are made anew under load. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AllocationList, CompactionList, TimelineView } from '../../shared/api/memory-views.js'
import type { DeviceList, ProcessList, StreamView } from '../../shared/api/views.js'
import type { Allocation } from '../../shared/memory/allocation.js'
import { residentParts } from '../../shared/process/own-memory.js'
import type { InferDetail, Stage } from '../../shared/process/report.js'
import { type Camera, startCamera } from '../tools/gst-camera.js'
import { connectLive, type LiveClient } from '../tools/live-client.js'
import { createModelFolder, type ModelFolder } from '../tools/model-folder.js'
import { type Stages, startStages } from '../tools/stages.js'

const FPS = 25
const LOAD_MS = 30_000
const MAX_LOSS_MS = 1000
/** Of resident memory without slabs; what the parts were measured to miss or to count twice is half of it. */
const MAX_ERROR = 0.1

let folder: ModelFolder
let stages: Stages
let camera: Camera
let client: LiveClient

beforeAll(async () => {
  folder = createModelFolder()
  folder.addSynthetic('wide', 320, 256)
  stages = await startStages({
    RINGSIDE_MODELS_DIR: folder.path,
    RINGSIDE_MODEL_UNLOAD_AFTER_MS: '500',
    RINGSIDE_SLAB_MAX_STREAMS: '4',
  })
  camera = await startCamera({ width: 320, height: 240, fps: FPS, gop: FPS })
  await stages.ready()
  client = await connectLive(stages)
  client.send({ type: 'subscribe' })
  await stages.api('POST', '/api/v1/streams', { id: 'gate', url: camera.url })
  await client.next(({ stream }) => stream === 'gate', LOAD_MS)
})
afterAll(async () => {
  if (process.env.SHOW_LOGS) console.log(stages.log('infer'))
  client?.close()
  await stages?.close()
  folder?.close()
  await camera?.kill()
})

const get = async <T>(at: string): Promise<T> => (await stages.api<T>('GET', at)).body
const compact = (body: object) => stages.api<CompactionList>('POST', '/api/v1/memory/compact', body)

async function heldBy(stage: Stage): Promise<Allocation[]> {
  const { processes } = await get<AllocationList>('/api/v1/memory/allocations')
  return processes.find(each => each.stage === stage)?.allocations ?? []
}

async function infer(): Promise<InferDetail> {
  const { processes } = await get<ProcessList>('/api/v1/processes')
  return processes.map(({ detail }) => detail).find(detail => detail.stage === 'infer') as InferDetail
}

/** The longest time between two frames of the stream with a result. */
function longestLossMs(): number {
  const at = client.detections.filter(({ stream }) => stream === 'gate').map(({ capturedAt }) => capturedAt)
  return Math.max(...at.slice(1).map((ms, i) => ms - (at[i] as number)))
}

describe('the timeline', () => {
  it('has a sample a second, whose figures fit one another', async () => {
    const { samples } = await expect
      .poll(() => get<TimelineView>('/api/v1/memory/timeline?device=cpu-0'), { timeout: 10_000 })
      .toSatisfy(({ samples }: TimelineView) => samples.length >= 4 && (samples.at(-1)?.ringSlots ?? 0) > 0)
      .then(() => get<TimelineView>('/api/v1/memory/timeline?device=cpu-0'))
    const last = samples.at(-1)
    if (!last) throw new Error('there is no sample')
    const steps = samples.slice(1).map((sample, i) => sample.atMs - (samples[i]?.atMs ?? 0))
    expect(Math.min(...steps)).toBeGreaterThanOrEqual(500) // a timer that was late is on time again
    expect(last).toMatchObject({ device: 'cpu-0', streams: 1, models: ['ringside-nano'], ringSlots: 4 })
    expect(last.inUseBytes).toBeGreaterThan(0)
    expect(last.reservedBytes).toBeGreaterThanOrEqual(last.inUseBytes ?? 0)
    expect(last.peakBytes).toBeGreaterThanOrEqual(last.inUseBytes ?? 0)
    expect(last.processBytes).toBeLessThan(last.hostUsedBytes)
    expect(last.deviceTotalBytes).toBe(last.hostTotalBytes)
    expect(last.shmUsedBytes).toBeGreaterThan(0)
  })

  it('is in the metrics, with fragmentation, owners, compactions and gaps', async () => {
    const answer = await fetch(`${stages.url}/metrics`, {
      headers: { authorization: `Bearer ${stages.token}` },
    })
    const text = await answer.text()
    for (const name of [
      'ringside_memory_in_use_bytes{device="cpu-0"}',
      'ringside_memory_fragmentation_ratio{device="cpu-0"}',
      'ringside_memory_ring_slots{device="cpu-0"} 4',
      'kind="activations",owner="model ringside-nano",where="host"',
      'ringside_compactions_total{',
      'reason="no_frames"',
    ])
      expect(text).toContain(name)
  })

  it('refuses a range that ends before it begins, and a device that cannot be', async () => {
    const at = '/api/v1/memory/timeline'
    expect((await stages.api('GET', `${at}?device=cpu-0&from=5&to=4`)).status).toBe(400)
    expect((await stages.api('GET', `${at}?device=../x`)).status).toBe(400)
    expect((await stages.api('GET', at)).status).toBe(400)
  })
})

describe('what is held', () => {
  it.each(['infer', 'ingest', 'publish'] as const)('by %s sums to what is resident', async stage => {
    await expect.poll(() => heldBy(stage), { timeout: 10_000 }).not.toEqual([])
    const allocations = await heldBy(stage)
    const own = allocations.filter(({ where, kind }) => where === 'host' && kind !== 'decoder')
    const sum = own.reduce((bytes, each) => bytes + each.bytes, 0)
    const { anonymousBytes, fileBytes } = residentParts(stages.process(stage).pid as number)
    const error = sum / (anonymousBytes + fileBytes) - 1
    if (process.env.SHOW_LOGS) console.log(stage, { sum, anonymousBytes, fileBytes, error }, allocations)
    expect(Math.abs(error)).toBeLessThan(MAX_ERROR)
    const other = own.find(({ kind }) => kind === 'other')?.bytes ?? 0
    expect(other / sum).toBeLessThan(0.25)
  })

  it('names the model, the slab, the ring of the stream and its decoder', async () => {
    await expect
      .poll(() => heldBy('ingest'), { timeout: 10_000 })
      .toContainEqual(expect.objectContaining({ kind: 'decoder', owner: 'stream gate', exact: true }))
    await expect
      .poll(() => heldBy('infer'), { timeout: 10_000 })
      .toContainEqual(expect.objectContaining({ kind: 'ring', owner: 'stream gate', where: 'shm', count: 4 }))
    const held = await heldBy('infer')
    const kinds = held.filter(({ owner }) => owner === 'model ringside-nano').map(({ kind }) => kind)
    expect(kinds.sort()).toEqual(['activations', 'slab', 'weights'])
    expect(held.some(({ owner }) => owner === 'bucket 1 of ringside-nano')).toBe(true)
    const shm = held.filter(({ where }) => where === 'shm')
    const detail = await infer()
    expect(shm.reduce((bytes, each) => bytes + each.bytes, 0)).toBe(detail.slabBytes)
  })
})

describe('a compaction', () => {
  it('gives free heap back between batches, for some milliseconds', async () => {
    const { status, body } = await compact({ device: 'cpu-0' })
    expect(status).toBe(200)
    expect(body.compactions).toMatchObject([{ device: 'cpu-0', why: 'operator', did: 'shrunk', model: null }])
    expect(body.compactions[0]?.tookMs).toBeLessThan(500)
    expect((await get<CompactionList>('/api/v1/memory/compactions')).compactions[0]).toEqual(
      body.compactions[0],
    )
  })

  it('makes a session anew while its detections go on: less than a second of them is lost, no frame uncounted', async () => {
    client.detections.splice(0)
    const { body } = await compact({ model: 'ringside-nano' })
    expect(body.compactions).toMatchObject([{ did: 'rebuilt', model: 'ringside-nano', why: 'operator' }])
    for (let i = 0; i < FPS; i++) await client.next(({ stream }) => stream === 'gate', LOAD_MS)
    expect(longestLossMs()).toBeLessThan(MAX_LOSS_MS)
    const view = await get<StreamView>('/api/v1/streams/gate')
    expect(view).toMatchObject({ state: 'live', restarts: 0 })
    expect(view.frames.residual).toBe(0)
    const { gpus } = await get<DeviceList>('/api/v1/gpus')
    expect(gpus[0]?.models.filter(({ state }) => state === 'loaded')).toHaveLength(1)
    await expect.poll(async () => (await infer()).compactions.rebuilt, { timeout: 5000 }).toBe(1)
  })

  it('does nothing for a model that is not loaded, and none for a device that is not served', async () => {
    expect((await compact({ model: 'nobody' })).body.compactions).toMatchObject([
      { did: 'nothing', model: 'nobody', freedBytes: expect.any(Number) },
    ])
    expect((await compact({ device: 'cuda-7' })).status).toBe(503)
    expect((await compact({ device: 'cpu-0', more: 1 })).status).toBe(400)
  })
})
