/** kill -9 while a stream changes its model: whoever is killed, it ends with the new model, one decoder, one ring and every frame accounted for. */
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { ProcessList, StreamView } from '../../shared/api/views.js'
import { Reports } from '../../shared/redis/reports.js'
import { childrenOf } from '../bench/proc.js'
import { type Camera, startCamera } from '../tools/gst-camera.js'
import { connectLive, type LiveClient } from '../tools/live-client.js'
import { createModelFolder, type ModelFolder } from '../tools/model-folder.js'
import { type Stages, startStages } from '../tools/stages.js'

const RECOVERY_MS = 20_000

let folder: ModelFolder
let stages: Stages
let camera: Camera
let client: LiveClient

beforeAll(async () => {
  folder = createModelFolder()
  folder.addSynthetic('wide', 320, 256)
  camera = await startCamera({ width: 320, height: 240, fps: 10, gop: 10 })
  stages = await startStages({
    RINGSIDE_MODELS_DIR: folder.path,
    RINGSIDE_SLAB_MAX_STREAMS: '4',
    RINGSIDE_SLAB_CHECKSUM: 'true',
  })
  await stages.ready()
  await vi.waitFor(async () => expect(await named()).toContain('wide'), { timeout: 30_000 })
  client = await connectLive(stages)
  client.send({ type: 'subscribe' })
  await stages.api('POST', '/api/v1/streams', { id: 'gate', url: camera.url })
  await settled('ringside-nano')
})
afterAll(async () => {
  client?.close()
  await stages?.close()
  await camera?.kill()
  folder?.close()
})

async function named(): Promise<string[]> {
  const { redis, keys, close } = stages.redis.connect()
  const models = await new Reports(redis, keys).models()
  await close()
  return models.map(({ name }) => name)
}

const newest = (): string[] => client.detections.slice(-5).map(({ model }) => model)
const settled = (model: string) =>
  vi.waitFor(() => expect(newest()).toEqual(Array(5).fill(model)), { timeout: RECOVERY_MS })

it.each([
  ['infer', 'wide', 100],
  ['infer', 'ringside-nano', 700],
  ['ingest', 'wide', 300],
  ['ingest', 'ringside-nano', 900],
  ['infer', 'wide', 1500],
  ['ingest', 'ringside-nano', 1500],
] as const)('kill -9 of %s, on the way to %s, %i ms after the change', async (stage, model, afterMs) => {
  await stages.api('PATCH', '/api/v1/streams/gate', { model })
  await new Promise(resolve => setTimeout(resolve, afterMs))
  await stages.kill(stage)
  stages.start(stage)
  await settled(model)
  await expect.poll(async () => (await view()).state, { timeout: 10_000 }).toBe('live')
  await expect
    .poll(() => childrenOf(stages.process('ingest').pid as number), { timeout: 5000 })
    .toHaveLength(1)
  await expect.poll(async () => (await view()).frames.residual, { timeout: 5000 }).toBe(0)
  const { slabs } = (await stages.api<ProcessList>('GET', '/api/v1/processes')).body
  expect(slabs.filter(slab => slab.isDefault).map(slab => slab.model)).toEqual(['ringside-nano'])
  expect(stages.log('infer')).not.toContain('torn frame')
})

async function view(): Promise<StreamView> {
  return (await stages.api<StreamView>('GET', '/api/v1/streams/gate')).body
}
