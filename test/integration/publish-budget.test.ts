/** Admission over REST: what fits is registered with its cost, what does not is refused with changes each of which is then admitted. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Remedy } from '../../shared/budget/reservation.js'
import { Capacities } from '../../shared/redis/capacities.js'
import { Ledger } from '../../shared/redis/ledger.js'
import { Profiles } from '../../shared/redis/profiles.js'
import { capacityReport, modelProfile } from '../tools/budget-reports.js'
import { type PublishStage, startPublishStage } from '../tools/publish-stage.js'
import { MODEL, modelRecord, processReport } from '../tools/stage-reports.js'

const url = 'rtsp://camera.example/live'
const SMALL = 'smaller'
let stage: PublishStage
let ledger: Ledger
const budget = '/api/v1/gpus/cpu-0/budget'
const add = (id: string, rest: object = {}) => stage.call('POST', '/api/v1/streams', { id, url, ...rest })
const change = (id: string, rest: object) => stage.call('PATCH', `/api/v1/streams/${id}`, rest)

beforeAll(async () => {
  stage = await startPublishStage()
  const { redis, keys } = stage.peer
  ledger = new Ledger(redis, keys)
  await stage.reports.writeProcess(processReport('infer'))
  await stage.reports.writeModels('cpu-0', [modelRecord, { ...modelRecord, name: SMALL }])
})
afterAll(() => stage.close())
afterEach(async () => {
  for (const { id } of (await stage.call('GET', '/api/v1/streams')).json.streams)
    await stage.call('DELETE', `/api/v1/streams/${id}`)
})

describe('before any device is known', () => {
  it('a stream is registered without a reservation, and accounted as soon as one reports', async () => {
    const early = await add('early', { fps: 10 })
    expect(early.status).toBe(201)
    expect(early.json.admission).toBeUndefined()
    expect(await ledger.list()).toEqual([])
    const { redis, keys } = stage.peer
    await new Capacities(redis, keys).write(capacityReport())
    const profiles = new Profiles(redis, keys)
    await profiles.write(modelProfile(MODEL, 10))
    await profiles.write(modelProfile(SMALL, 4))
    await profiles.write(modelProfile('removed', 4.5)) // of a model that infer does not report
    await expect
      .poll(async () => (await ledger.list()).map(({ holder }) => holder), { timeout: 8000 })
      .toEqual(['stream:early'])
    expect((await ledger.list())[0]?.own.computePpm).toBe(100_000)
  })
})

describe('admission', () => {
  it('answers with what the stream takes; a pause frees it, and its removal', async () => {
    const made = await add('gate', { fps: 20, ringSlots: 6, fallbackModel: SMALL })
    expect(made.status).toBe(201)
    expect(made.json).toMatchObject({ ringSlots: 6, fallbackModel: SMALL })
    expect(made.json.admission).toMatchObject({
      device: 'cpu-0',
      basis: 'measured',
      cost: { computePpm: 200_000, ringSlots: 6, streams: 1 },
    })
    const used = async () => (await stage.call('GET', budget)).json.used.computePpm
    expect(await used()).toBe(200_000)
    await change('gate', { enabled: false })
    expect(await used()).toBe(0)
    await change('gate', { enabled: true })
    expect(await used()).toBe(200_000)
    await stage.call('DELETE', '/api/v1/streams/gate')
    expect(await used()).toBe(0)
  })

  it('refuses with 507, the figures and remedies that are admitted when applied', async () => {
    await add('a', { fps: 30, priority: 8 })
    await add('b', { fps: 25, priority: 2 })
    const wish = { fps: 30, model: MODEL, priority: 5 }
    const refused = await add('c', wish)
    expect(refused.status).toBe(507)
    expect(refused.json).toMatchObject({
      code: 'budget_exceeded',
      key: 'computePpm',
      device: 'cpu-0',
      binding: 'computePpm',
      asked: 300_000,
      free: 150_000,
      limit: 700_000,
    })
    const remedies = refused.json.remedies as Remedy[]
    expect(remedies.map(({ change }) => change.model)).toContain(SMALL)
    expect(remedies.length).toBeGreaterThanOrEqual(2)
    expect(remedies.length).toBeLessThanOrEqual(3)
    for (const remedy of remedies) {
      const { evict = [], ...changed } = remedy.change
      for (const id of evict) await change(id, { enabled: false })
      const made = await add('c', { ...wish, ...changed })
      expect(made.status, remedy.text).toBe(201)
      await stage.call('DELETE', '/api/v1/streams/c')
      for (const id of evict) expect((await change(id, { enabled: true })).status).toBe(200)
    }
  })

  it('of a change is the same; what is refused leaves the stream as it was, and what asks for nothing is taken', async () => {
    await add('a', { fps: 60 })
    const refused = await change('a', { fps: 90 })
    expect(refused.json).toMatchObject({ status: 507, binding: 'computePpm' })
    expect((await stage.call('GET', '/api/v1/streams/a')).json.fps).toBe(60)
    expect((await change('a', { priority: 9 })).json.priority).toBe(9)
    expect((await ledger.list())[0]?.priority).toBe(9)
  })

  it('never refuses a rate that nobody declared: it gets what is free, and is told so', async () => {
    await add('a', { fps: 60 })
    const made = await add('b')
    expect(made.status).toBe(201)
    expect(made.json.admission.short).toEqual([{ resource: 'computePpm', asked: 250_000, granted: 100_000 }])
    expect(made.json.admission.note).toContain('dropped as stale')
    expect((await add('c')).status).toBe(201)
    expect((await stage.call('GET', budget)).json.used.computePpm).toBe(700_000)
    await stage.call('PATCH', budget, { maxStreams: 3 })
    expect((await add('d')).json).toMatchObject({ status: 507, binding: 'streams' })
    await stage.call('PATCH', budget, { maxStreams: null })
  })

  it('of many that ask at once admits as many as there is room for', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, (_, i) => add(`s${i}`, { fps: 20 })))
    const statuses = answers.map(({ status }) => status).sort()
    expect(statuses).toEqual([...Array(3).fill(201), ...Array(9).fill(507)])
  })
})

describe('budget and history', () => {
  it('are changed, told and taken back; who, when, from and to are kept', async () => {
    const lowered = await stage.call('PATCH', budget, { utilisation: 0.5 })
    expect(lowered.json).toMatchObject({ overrides: { utilisation: 0.5 }, limits: { computePpm: 500_000 } })
    await stage.call('PATCH', budget, { utilisation: null })
    expect((await stage.call('GET', budget)).json).toMatchObject({
      overrides: {},
      limits: { computePpm: 700_000 },
    })
    expect((await stage.call('GET', '/api/v1/gpus/cpu-7/budget')).json).toMatchObject({
      status: 404,
      code: 'unknown_device',
    })
    await add('h', { fps: 10 })
    await change('h', { fps: 5, ringSlots: 2 })
    const { entries } = (await stage.call('GET', '/api/v1/streams/h/history')).json
    expect(entries.map(({ what }: { what: string }) => what)).toEqual(['created', 'changed'])
    expect(entries[1]).toMatchObject({ by: expect.stringMatching(/^token:[0-9a-f]{6}$/) })
    expect(entries[1].changes).toEqual([
      { key: 'fps', from: 10, to: 5 },
      { key: 'ringSlots', from: 4, to: 2 },
    ])
    const audit = (await stage.call('GET', '/api/v1/audit?limit=50')).json.entries
    expect(audit.map(({ id }: { id: string }) => id)).toContain('cpu-0')
    expect((await stage.call('GET', '/api/v1/streams/none/history')).json.code).toBe('unknown_stream')
  })
})
