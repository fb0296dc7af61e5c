/** The memory timeline in a real Redis: filled in compressed time, bounded, read at three resolutions; allocations and requests of processes. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { compactNow } from '../../publish/memory/compact.js'
import { type CompactionRequest, timelineTiers } from '../../shared/memory/timeline.js'
import { Allocations } from '../../shared/redis/allocations.js'
import { CompactionRequests } from '../../shared/redis/compaction-requests.js'
import type { RedisConnection } from '../../shared/redis/connection.js'
import { MemoryTimeline } from '../../shared/redis/memory-timeline.js'
import { Reports } from '../../shared/redis/reports.js'
import { memorySample } from '../tools/memory-samples.js'
import { startRedis, type TestRedis } from '../tools/redis-server.js'
import { processReport } from '../tools/stage-reports.js'

let redis: TestRedis
let connection: RedisConnection
beforeAll(async () => {
  redis = await startRedis()
  connection = redis.connect()
})
afterEach(() => connection.redis.flushall())
afterAll(() => redis.close())

const timelineOf = () => new MemoryTimeline(connection.redis, connection.keys)
const lengthOf = (everyMs: number) => connection.redis.xlen(connection.keys.timeline('cpu-0', everyMs))

/** A sample each second, in as little time as Redis needs. */
async function fill(timeline: MemoryTimeline, fromMs: number, seconds: number, stepMs = 1000): Promise<void> {
  for (let s = 0; s < seconds; s++) {
    const pending = timeline.add(memorySample({ atMs: fromMs + s * stepMs, inUseBytes: s }))
    if (s % 50 === 0) await pending
  }
  await timeline.add(memorySample({ atMs: fromMs + seconds * stepMs, inUseBytes: seconds }))
}

describe('the timeline', () => {
  it('keeps each tier bounded, however long it goes on', async () => {
    await fill(timelineOf(), 1_000_000, 2000)
    expect(await lengthOf(1000)).toBe(600)
    expect(await lengthOf(10_000)).toBe(201)
    expect(await lengthOf(60_000)).toBe(34)
    await fill(timelineOf(), 100_000_000, 11_000, 60_000) // a week and more, by the minute
    expect(await lengthOf(1000)).toBe(600)
    expect(await lengthOf(10_000)).toBe(2160)
    expect(await lengthOf(60_000)).toBe(10_080)
    const [, , weeks] = timelineTiers
    const bytes = await connection.redis.memory('USAGE', connection.keys.timeline('cpu-0', weeks.everyMs))
    expect(bytes).toBeLessThan(8 * 2 ** 20)
  })

  it('is read from the finest tier that reaches back, and thinned to what was asked for', async () => {
    const timeline = timelineOf()
    const now = Date.now()
    await fill(timeline, now - 3_600_000, 3600)
    const minutes = await timeline.read('cpu-0', now - 300_000, now)
    expect(minutes).toHaveLength(301)
    expect(minutes[0]?.atMs).toBe(now - 300_000)
    expect(minutes.at(-1)).toMatchObject({ atMs: now, inUseBytes: 3600 })
    const hour = await timeline.read('cpu-0', now - 3_600_000, now)
    expect(hour.length).toBeGreaterThanOrEqual(360)
    expect(hour.length).toBeLessThanOrEqual(361)
    const thinned = await timeline.read('cpu-0', now - 300_000, now, 5000)
    expect(thinned.length).toBeGreaterThanOrEqual(60)
    expect(thinned.length).toBeLessThanOrEqual(61)
    expect(await timeline.read('cpu-0', now - 3_600_000, now - 1_800_000, 60_000)).toHaveLength(31)
    expect(await timeline.read('cuda-0', now - 300_000, now)).toEqual([])
    expect(await timeline.newest('cpu-0')).toMatchObject({ atMs: now })
  })

  it('goes on after a restart, and when the clock is set back', async () => {
    await fill(timelineOf(), 10_000_000, 20)
    const later = timelineOf()
    await later.add(memorySample({ atMs: 10_020_400 })) // 0.4 s after the last: not due
    expect(await lengthOf(1000)).toBe(21)
    await fill(later, 5_000_000, 20)
    expect(await lengthOf(1000)).toBe(42)
    expect(await lengthOf(10_000)).toBe(6)
    expect(await later.read('cpu-0', 5_000_000, 5_020_000)).toHaveLength(1) // of a minute: so long ago has no seconds
  })
})

const operators = {
  device: 'cpu-0',
  why: 'operator',
  did: 'nothing',
  freedBytes: 0,
  tookMs: 1,
  fragmentationBefore: null,
  fragmentationAfter: null,
} as const

describe('compactions', () => {
  it('are told newest first, and are bounded', async () => {
    const timeline = timelineOf()
    const report = {
      device: 'cpu-0',
      model: null,
      why: 'schedule',
      did: 'shrunk',
      freedBytes: 1,
      tookMs: 2.5,
      fragmentationBefore: 0.4,
      fragmentationAfter: null,
    } as const
    for (let atMs = 1; atMs <= 520; atMs++) await timeline.addCompaction({ ...report, atMs })
    const told = await timeline.compactions()
    expect(told).toHaveLength(500)
    expect(told[0]).toEqual({ ...report, atMs: 520 })
    expect(await timeline.compactions(1)).toHaveLength(1)
  })

  it('are asked for once, of one device, and not of whoever comes much later', async () => {
    const requests = new CompactionRequests(connection.redis, connection.keys)
    await requests.ask('cpu-0', { id: 'a', atMs: Date.now(), model: 'yolov8n' })
    expect(await requests.take('cuda-0')).toBeNull()
    const taken = await Promise.all([requests.take('cpu-0'), requests.take('cpu-0')])
    expect(taken.filter(Boolean)).toMatchObject([{ model: 'yolov8n' }])
    await requests.ask('cpu-0', { id: 'b', atMs: Date.now() - 61_000, model: null })
    expect(await requests.take('cpu-0')).toBeNull()
  })

  it('that are asked for at once are all made, and each caller is answered with its own', async () => {
    const requests = new CompactionRequests(connection.redis, connection.keys)
    const timeline = timelineOf()
    const reports = new Reports(connection.redis, connection.keys)
    const report = processReport('infer')
    if (report.detail.stage !== 'infer') throw new Error('this is a report of infer')
    await reports.writeProcess({ ...report, detail: { ...report.detail, deviceId: 'cpu-0' } })
    const ask = (model: string | null) =>
      compactNow({ timeline, requests, reports }, 'cpu-0', model, 5000).then(([one]) => one)
    const asked = [ask('a'), ask('b'), ask(null), ask('a')]
    const done: CompactionRequest[] = []
    while (done.length < 4) {
      const request = await requests.take('cpu-0')
      if (!request) continue
      await timeline.addCompaction({ ...operators, atMs: 1, model: request.model, request: request.id })
      done.push(request)
    }
    expect((await Promise.all(asked)).map(one => one?.model)).toEqual(['a', 'b', null, 'a'])
    expect(new Set((await Promise.all(asked)).map(one => one?.request)).size).toBe(4)
  })

  it('are bounded where nobody takes them', async () => {
    const requests = new CompactionRequests(connection.redis, connection.keys)
    for (let i = 0; i < 40; i++) await requests.ask('cpu-1', { id: `${i}`, atMs: Date.now(), model: null })
    expect(await requests.take('cpu-1')).toMatchObject({ id: '8' })
    expect(await connection.redis.pttl(connection.keys.compactionRequests('cpu-1'))).toBeGreaterThan(0)
  })
})

describe('allocations', () => {
  it('are those of living processes', async () => {
    const allocations = new Allocations(connection.redis, connection.keys)
    const report = { stage: 'ingest', instance: 'a', pid: 1, atMs: 100_000, allocations: [] } as const
    await allocations.write({ ...report, allocations: [] })
    await allocations.write({ ...report, stage: 'infer', instance: 'b', atMs: 115_000, allocations: [] })
    expect((await allocations.all(120_000)).map(({ instance }) => instance)).toEqual(['b', 'a'])
    expect((await allocations.all(120_001)).map(({ instance }) => instance)).toEqual(['b'])
    expect(await connection.redis.hlen(connection.keys.allocations)).toBe(1)
    await allocations.remove({ stage: 'infer', instance: 'b' })
    expect(await allocations.all(120_001)).toEqual([])
  })
})
