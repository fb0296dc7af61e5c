/** Admission over REST where streams meet that declared a rate and streams that did not, and where paused ones keep their rings. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { Remedy } from '../../shared/budget/reservation.js'
import { Capacities } from '../../shared/redis/capacities.js'
import { Profiles } from '../../shared/redis/profiles.js'
import { capacityReport, modelProfile } from '../tools/budget-reports.js'
import { type PublishStage, startPublishStage } from '../tools/publish-stage.js'
import { MODEL, modelRecord, processReport } from '../tools/stage-reports.js'

const url = 'rtsp://camera.example/live'
const ROWS = 5
let stage: PublishStage
const add = (id: string, rest: object = {}) => stage.call('POST', '/api/v1/streams', { id, url, ...rest })
const change = (id: string, rest: object) => stage.call('PATCH', `/api/v1/streams/${id}`, rest)
const used = async () => (await stage.call('GET', '/api/v1/gpus/cpu-0/budget')).json.used

beforeAll(async () => {
  stage = await startPublishStage({ RINGSIDE_SLAB_MAX_STREAMS: String(ROWS) })
  const { redis, keys } = stage.peer
  await stage.reports.writeProcess(processReport('infer'))
  await stage.reports.writeModels('cpu-0', [modelRecord])
  await new Capacities(redis, keys).write(capacityReport({ slabRows: ROWS, slabSlots: 4 * ROWS }))
  await new Profiles(redis, keys).write(modelProfile(MODEL, 10))
})
afterAll(() => stage.close())
afterEach(async () => {
  for (const { id } of (await stage.call('GET', '/api/v1/streams')).json.streams)
    await stage.call('DELETE', `/api/v1/streams/${id}`)
})

it('streams of no declared rate take what is free, and give it back to one with a rate', async () => {
  // 25 frames/s are assumed of each: 0.25 of the engine's time, of which 0.7 may be promised.
  for (const id of ['a', 'b', 'c']) expect((await add(id, { priority: 3 })).status).toBe(201)
  expect((await used()).computePpm).toBe(700_000)
  const declared = await add('gate', { fps: 30, priority: 3 })
  expect(declared.status).toBe(201)
  expect(declared.json.admission.cost.computePpm).toBe(300_000)
  expect((await used()).computePpm).toBe(700_000)
  expect((await add('yard', { fps: 41 })).status).toBe(507)
  expect((await add('yard', { fps: 40 })).status).toBe(201)
  expect((await used()).computePpm).toBe(700_000)
})

it('a paused stream keeps its ring: nobody is told to pause another for slots, and it resumes', async () => {
  for (const id of ['a', 'b', 'c', 'd', 'e']) await add(id, { fps: 1, priority: 1 })
  await change('a', { enabled: false })
  expect(await used()).toMatchObject({ ringSlots: 4 * ROWS, streams: ROWS - 1, computePpm: 40_000 })
  await stage.call('DELETE', '/api/v1/streams/e')
  const refused = await add('wide', { fps: 1, ringSlots: 6, priority: 9 })
  expect(refused).toMatchObject({ status: 507, json: { code: 'budget_exceeded', binding: 'ringSlots' } })
  const remedies = refused.json.remedies as Remedy[]
  expect(remedies.map(({ kind }) => kind)).toEqual(['ring_slots'])
  expect((await add('wide', { fps: 1, priority: 9, ...remedies[0]?.change })).status).toBe(201)
  expect((await change('a', { enabled: true })).status).toBe(200)
})

it('one that is registered paused is counted with its ring alone', async () => {
  expect((await add('later', { fps: 10, enabled: false })).status).toBe(201)
  expect(await used()).toMatchObject({ ringSlots: 4, streams: 0, computePpm: 0 })
})
