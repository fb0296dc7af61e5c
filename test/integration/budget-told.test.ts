/** A step of degrading and what is told of it are one: whatever fails or dies around it, there is never the one without the other. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { BudgetController } from '../../publish/budget/controller.js'
import { budgetOutlet } from '../../publish/budget/outlet.js'
import type { Scene } from '../../publish/budget/scene.js'
import { createLog } from '../../shared/log.js'
import type { RedisConnection } from '../../shared/redis/connection.js'
import { Degradations } from '../../shared/redis/degradations.js'
import { History } from '../../shared/redis/history.js'
import { capacityReport, modelProfile } from '../tools/budget-reports.js'
import { startRedis, type TestRedis } from '../tools/redis-server.js'
import { streamRecord } from '../tools/reservations.js'
import { MODEL } from '../tools/stage-reports.js'

const lines: string[] = []
const log = createLog({ level: 'debug', name: 'test' }, { write: line => void lines.push(line) })
let redis: TestRedis
let connection: RedisConnection

beforeAll(async () => {
  redis = await startRedis()
  connection = redis.connect()
})
afterEach(() => connection.redis.flushall())
afterAll(() => redis.close())

/** Three streams that take 0.3 of an engine of which `utilisation` may be promised. */
async function scene(utilisation: number): Promise<Scene> {
  const settings = { memoryFraction: 0.8, reserveFraction: 0.05, utilisation, maxStreams: null }
  const knowledge = {
    capacity: capacityReport(),
    settings: { ...settings, latencyTargetMs: 100, batchWindowMs: null },
    profiles: new Map([[MODEL, modelProfile(MODEL, 10)]]),
    estimates: new Map(),
    defaultModel: MODEL,
  }
  const streams = [1, 2, 3].map((priority, row) => ({
    desired: { ...streamRecord(`s${priority}`, { fps: 10, priority }), ring: { row, slots: [row] } },
    seen: null,
  }))
  const { redis: client, keys } = connection
  const degradations = await new Degradations(client, keys).all()
  return { knowledge, streams, reservations: [], degradations, busy: null } as unknown as Scene
}

const noIngest = { reconcile: () => Promise.reject(new Error('no control queue')) }

function controller(utilisation: () => number): BudgetController {
  const degradations = new Degradations(connection.redis, connection.keys)
  const outlet = budgetOutlet(degradations, noIngest, log)
  return new BudgetController(() => scene(utilisation()), outlet, { degrade: true, recoverAfterMs: 0 })
}

async function told() {
  const { redis: client, keys } = connection
  const events = (await client.xrange(keys.events, '-', '+')).map(([, [, json]]) =>
    JSON.parse(json as string),
  )
  const history = new History(client, keys)
  const [own, audit] = [await history.of('s1'), await history.audit(99)]
  const inForce = [...(await new Degradations(client, keys).all()).values()]
  return { events, own, audit, inForce }
}

describe('a step of degrading', () => {
  it('is told with its record, and hastening ingest may fail', async () => {
    await controller(() => 0.26).look(1000)
    const { events, own, audit, inForce } = await told()
    expect(inForce).toMatchObject([{ stream: 's1', level: 1, fps: 5 }])
    expect(events).toMatchObject([{ type: 'budget', stream: 's1', direction: 'down', to: { fps: 5 } }])
    expect(own).toMatchObject([{ what: 'degraded', changes: [{ key: 'fps', from: 10, to: 5 }] }])
    expect(audit).toEqual(own)
    expect(lines.join()).toMatch(/no control queue.*ingest was not told of a degradation/)
  })

  it('and its way back leave a line for each', async () => {
    let utilisation = 0.26
    const one = controller(() => utilisation)
    await one.look(1000)
    utilisation = 0.7
    for (let at = 2000; at <= 8000; at += 1000) await one.look(at)
    const { own, events, inForce } = await told()
    expect(inForce).toEqual([])
    expect(own.map(({ what }) => what)).toEqual(['degraded', 'restored'])
    expect(events.map(({ direction }) => direction)).toEqual(['down', 'up'])
  })

  it('that Redis refuses is neither in force nor told, and is taken at the next look', async () => {
    const { redis: client } = connection
    const one = controller(() => 0.26)
    await client.config('SET', 'maxmemory', '1')
    await expect(one.look(1000)).rejects.toThrow()
    await client.config('SET', 'maxmemory', '0')
    expect(await told()).toEqual({ events: [], own: [], audit: [], inForce: [] })
    await one.look(1500)
    const { events, own, inForce } = await told()
    expect([events.length, own.length, inForce.length]).toEqual([1, 1, 1])
  })
})
