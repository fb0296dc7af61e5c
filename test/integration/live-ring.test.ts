/** Ring slots that change while a stream runs: frames go to the new ones, none is lost to the accounting, and another stream may have the old. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { StreamRegistry } from '../../shared/redis/stream-registry.js'
import { type Camera, startCamera } from '../tools/gst-camera.js'
import { type IngestStage, startIngestStage } from '../tools/ingest-stage.js'

let camera: Camera
let ingest: IngestStage

beforeAll(async () => {
  camera = await startCamera({ width: 320, height: 240, fps: 15, gop: 15 })
  ingest = await startIngestStage()
  await ingest.announceSlab()
})
afterAll(async () => {
  await ingest?.close()
  await camera?.kill()
})

it('a stream gives slots up, another takes them, and both balance', async () => {
  const { redis, keys } = ingest.redis.connect()
  const registry = new StreamRegistry(redis, keys)
  await ingest.register('a', camera.url)
  await ingest.register('b', camera.url)
  await ingest.untilFrames('a', 5, 15_000)
  await ingest.untilFrames('b', 5, 15_000)
  await registry.update('a', record => ({ ...record, ring: { row: 0, slots: [0, 1] } }), slots(2))
  await registry.update('b', record => record, slots(10))
  await ingest.control.reconcile('start', 'a')
  const rings = await registry.list()
  const [a, b] = rings.map(({ ring }) => ring.slots) as [number[], number[]]
  expect([a, b.length]).toEqual([[0, 1], 10])
  expect(b).toEqual(expect.arrayContaining([2, 3]))
  const [fromA, fromB] = [ingest.frames('a').length, ingest.frames('b').length]
  await ingest.untilFrames('a', fromA + 30, 15_000)
  await ingest.untilFrames('b', fromB + 30, 15_000)
  for (const frame of ingest.frames('a').slice(-10)) expect([0, 1]).toContain(frame.slot)
  for (const frame of ingest.frames('b').slice(-10)) expect(b).toContain(frame.slot)
  for (const id of ['a', 'b']) {
    expect(ingest.residual(id)).toBe(0)
    expect(ingest.frames(id).filter(({ torn }) => torn)).toEqual([])
  }
})

const slots = (wanted: number) => ({ slots: { wanted, capacity: { maxStreams: 4, ringSlots: 4 } } })
