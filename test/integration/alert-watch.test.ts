/** The watch over a real Redis, in time that the test makes: told once, taken over by another process, resolved. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AlertWatch } from '../../publish/memory/alert-watch.js'
import { whileOwner } from '../../publish/memory/role.js'
import { createLog } from '../../shared/log.js'
import type { AlertEvent } from '../../shared/memory/alert.js'
import type { MemorySample } from '../../shared/memory/timeline.js'
import type { ProcessReport } from '../../shared/process/report.js'
import { Alerts } from '../../shared/redis/alerts.js'
import type { RedisConnection } from '../../shared/redis/connection.js'
import { MemoryTimeline } from '../../shared/redis/memory-timeline.js'
import { createWebhookQueue } from '../../shared/redis/webhooks.js'
import { startRedis, type TestRedis } from '../tools/redis-server.js'
import { processReport } from '../tools/stage-reports.js'

const MIB = 2 ** 20
const GIB = 2 ** 30
const log = createLog({ level: 'silent', name: 'test' })
const thresholds = {
  memoryUsage: 0.9,
  fragmentation: 0.4,
  hostMemory: 0.9,
  shm: 0.9,
  exhaustionMs: 1_800_000,
}

let redis: TestRedis
let connection: RedisConnection
beforeEach(async () => {
  redis = await startRedis()
  connection = redis.connect()
})
afterEach(() => redis.close())

const infer: ProcessReport = (() => {
  const report = processReport('infer')
  return { ...report, detail: { ...report.detail, deviceId: 'cuda-0' } as ProcessReport['detail'] }
})()

function sample(atMs: number, deviceUsedBytes: number): MemorySample {
  return {
    atMs,
    device: 'cuda-0',
    inUseBytes: 100 * MIB,
    reservedBytes: 110 * MIB,
    peakBytes: null,
    processBytes: 500 * MIB,
    deviceUsedBytes,
    deviceTotalBytes: 10 * GIB,
    hostUsedBytes: 2 * GIB,
    hostTotalBytes: 8 * GIB,
    shmUsedBytes: 0,
    shmTotalBytes: GIB,
    ringSlotsUsed: 0,
    ringSlots: 4,
    streams: 1,
    models: ['yolov8n'],
    instance: 'infer-1',
  }
}

/** One publish process's watch, and what it gave to the webhook. */
function newWatch() {
  const webhooked: string[] = []
  let snapshots = 0
  const watch = new AlertWatch(
    {
      timeline: new MemoryTimeline(connection.redis, connection.keys),
      allocations: { all: async () => [] },
      reports: { processes: async () => [infer] },
      alerts: new Alerts(connection.redis, connection.keys),
      webhooks: { add: async ({ id, state }) => void webhooked.push(`${id} ${state}`) },
      takeSnapshot: async () => void snapshots++,
      log,
    },
    thresholds,
  )
  return { watch, webhooked, snapshots: () => snapshots }
}

/** Time goes on in steps of five seconds; the device is as full as `usedAt` says. */
async function pass(watch: AlertWatch, fromMs: number, forMs: number, usedBytes: (ms: number) => number) {
  const timeline = new MemoryTimeline(connection.redis, connection.keys)
  for (let ms = 0; ms < forMs; ms += 5000) {
    await timeline.add(sample(fromMs + ms, usedBytes(ms)))
    await watch.look(fromMs + ms)
  }
}

async function events(): Promise<AlertEvent[]> {
  const entries = await connection.redis.xrange(connection.keys.events, '-', '+')
  return entries.map(([, fields]) => JSON.parse(fields[1] as string) as AlertEvent)
}

describe('the watch', () => {
  it('tells an alert once, though another process takes over, and tells its end once', async () => {
    const startMs = Date.now()
    const first = newWatch()
    await first.watch.begin(startMs)
    await pass(first.watch, startMs, 60_000, () => 9.5 * GIB)
    expect(first.webhooked).toEqual(['memory_usage:cuda-0 firing'])
    expect(first.snapshots()).toBe(1)

    const second = newWatch()
    await second.watch.begin(startMs + 60_000)
    await pass(second.watch, startMs + 60_000, 60_000, () => 9.6 * GIB)
    expect(second.webhooked).toEqual([])
    const [alert] = await new Alerts(connection.redis, connection.keys).list()
    expect(alert).toMatchObject({ state: 'firing', value: 0.96 })

    await pass(second.watch, startMs + 120_000, 90_000, () => 5 * GIB)
    expect(second.webhooked).toEqual(['memory_usage:cuda-0 resolved'])
    expect((await events()).map(({ type, v, id, state }) => [type, v, id, state])).toEqual([
      ['alert', 1, 'memory_usage:cuda-0', 'firing'],
      ['alert', 1, 'memory_usage:cuda-0', 'resolved'],
    ])
  }, 20_000)

  it('predicts exhaustion from the past that another process left in Redis', async () => {
    const endMs = Date.now()
    const timeline = new MemoryTimeline(connection.redis, connection.keys)
    const used = (atMs: number): number => 8 * GIB - ((endMs - atMs) / 60_000) * 100 * MIB
    for (let atMs = endMs - 900_000; atMs < endMs; atMs += 10_000)
      await timeline.add(sample(atMs, used(atMs)))
    const { watch, webhooked } = newWatch()
    await watch.begin(endMs)
    await pass(watch, endMs, 90_000, ms => used(endMs + ms))
    expect(webhooked).toEqual(['exhaustion:cuda-0 firing'])
    const [alert] = await new Alerts(connection.redis, connection.keys).list()
    expect(alert?.meaning).toMatch(
      /grows by (99|100|101) MiB a minute and will be exhausted in (19|20|21) min/,
    )
  }, 20_000)

  it('tells what it could not tell while Redis was away, when it is back', async () => {
    const startMs = Date.now()
    const { watch, webhooked } = newWatch()
    await watch.begin(startMs)
    await pass(watch, startMs, 15_000, () => 9.5 * GIB)
    await connection.redis.config('SET', 'maxmemory', '1')
    await expect(watch.look(startMs + 15_000)).rejects.toThrow(/OOM/)
    await connection.redis.config('SET', 'maxmemory', '0')
    await pass(watch, startMs + 20_000, 5000, () => 9.5 * GIB)
    expect(new Set(webhooked)).toEqual(new Set(['memory_usage:cuda-0 firing']))
    expect(await events()).toHaveLength(1)
  })
})

describe('the role', () => {
  it('is worked by one process at a time, and by another when that one closes', async () => {
    const running: string[] = []
    const member = (instance: string) =>
      whileOwner({ connection: redis.connect(), instance, log }, async () => {
        running.push(instance)
        return { close: async () => void running.splice(running.indexOf(instance), 1) }
      })
    const one = member('one')
    await expect.poll(() => running).toEqual(['one'])
    const two = member('two')
    await new Promise(resolve => setTimeout(resolve, 1200))
    expect(running).toEqual(['one'])
    await one.close()
    await expect.poll(() => running, { timeout: 5000 }).toEqual(['two'])
    await two.close()
    expect(running).toEqual([])
  })

  it('is tried again where the work could not begin', async () => {
    let tries = 0
    const member = whileOwner({ connection, instance: 'one', log }, async () => {
      if (++tries === 1) throw new Error('not yet')
      return { close: async () => undefined }
    })
    await expect.poll(() => tries, { timeout: 6000 }).toBe(2)
    await member.close()
  }, 10_000)
})

describe('deliveries', () => {
  const event: AlertEvent = {
    type: 'alert',
    v: 1,
    id: 'shm:host',
    kind: 'shm',
    device: null,
    state: 'firing',
    value: 1,
    threshold: 0.9,
    meaning: 'm',
    remedy: 'r',
    owners: [],
    sinceMs: 7,
    atMs: 7,
  }

  it('are tried with back-off until they are taken, once each, however often they are recorded', async () => {
    const tries: { delivery: string; atMs: number }[] = []
    const queue = createWebhookQueue(
      connection,
      async (_, delivery) => {
        tries.push({ delivery, atMs: performance.now() })
        if (tries.length <= 2) throw new Error('not now')
      },
      log,
      100,
    )
    await queue.add(event)
    await queue.add(event)
    await expect.poll(() => tries.length, { timeout: 8000 }).toBe(3)
    await new Promise(resolve => setTimeout(resolve, 500))
    await queue.add(event)
    await new Promise(resolve => setTimeout(resolve, 500))
    expect(tries.map(({ delivery }) => delivery)).toEqual(Array(3).fill('shm-host-firing-7'))
    const [first = 0, second = 0, third = 0] = tries.map(({ atMs }) => atMs)
    expect(second - first).toBeGreaterThan(90)
    expect(third - second).toBeGreaterThan(180)
    await queue.close()
  }, 15_000)
})
