/** What an operator changed of a budget and of a stream, and who did, is there again after Redis was killed right after the answer. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Capacities } from '../../shared/redis/capacities.js'
import { capacityReport } from '../tools/budget-reports.js'
import { type PublishStage, startPublishStage } from '../tools/publish-stage.js'
import { modelRecord, processReport } from '../tools/stage-reports.js'

const budget = '/api/v1/gpus/cpu-0/budget'
let stage: PublishStage

beforeAll(async () => {
  stage = await startPublishStage()
  const { redis, keys } = stage.peer
  await stage.reports.writeProcess(processReport('infer'))
  await stage.reports.writeModels('cpu-0', [modelRecord])
  await new Capacities(redis, keys).write(capacityReport())
  const url = 'rtsp://camera.example/live'
  const made = await stage.call('POST', '/api/v1/streams', { id: 'gate', url, fps: 20, priority: 5 })
  expect(made.status, made.text).toBe(201)
})
afterAll(() => stage.close())

async function restart(): Promise<void> {
  await stage.redis.kill()
  await stage.redis.start()
  await expect
    .poll(async () => (await stage.call('GET', '/api/v1/streams')).status, { timeout: 10_000 })
    .toBe(200)
}

it('a changed budget', async () => {
  const change = { memoryFraction: 0.6, utilisation: 0.55, maxStreams: 7, batchWindowMs: 12 }
  expect((await stage.call('PATCH', budget, change)).json.overrides).toEqual(change)
  await restart()
  const { json } = await stage.call('GET', budget)
  expect(json.overrides).toEqual(change)
  expect(json.limits).toMatchObject({ streams: 7, computePpm: 550_000 })
})

it('a changed stream: its rate, its priority, its ring, its reservation, and the line that tells of it', async () => {
  const change = { fps: 7, priority: 8, ringSlots: 6 }
  const { json: changed } = await stage.call('PATCH', '/api/v1/streams/gate', change)
  expect(changed).toMatchObject(change)
  await restart()
  expect((await stage.call('GET', '/api/v1/streams/gate')).json).toMatchObject(change)
  const { reservations, used } = (await stage.call('GET', budget)).json
  expect(used.ringSlots).toBe(6)
  expect(reservations[0]).toMatchObject({ holder: 'stream:gate', priority: 8 })
  const { entries } = (await stage.call('GET', '/api/v1/streams/gate/history')).json
  expect(entries.at(-1)).toMatchObject({ what: 'changed', by: expect.stringMatching(/^token:/) })
  expect(entries.at(-1).changes.map(({ key }: { key: string }) => key)).toEqual(
    expect.arrayContaining(['fps', 'priority', 'ringSlots']),
  )
})

it('a budget that was taken back', async () => {
  await stage.call('PATCH', budget, { memoryFraction: null, utilisation: null })
  await restart()
  expect((await stage.call('GET', budget)).json.overrides).toEqual({ maxStreams: 7, batchWindowMs: 12 })
})
