import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { connectionOptions, type RedisConnection } from '../../shared/redis/connection.js'
import { createControlQueue, createControlWorker } from '../../shared/redis/control-queue.js'
import { createOwnership } from '../../shared/redis/ownership.js'
import { Reports } from '../../shared/redis/reports.js'
import { StreamRegistry } from '../../shared/redis/stream-registry.js'
import { startRedis, type TestRedis } from '../tools/redis-server.js'
import { streamRecord } from '../tools/reservations.js'

const log = pino({ level: 'silent' })
const capacity = { maxStreams: 3, ringSlots: 4 }
let server: TestRedis
let connection: RedisConnection
let serial = 0

beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server.close())
beforeEach(() => {
  connection = server.connect(`test-${serial++}`)
})

describe('registry', () => {
  it('gives every stream slots and a row of its own, and takes them back', async () => {
    const registry = new StreamRegistry(connection.redis, connection.keys)
    const created = await Promise.all(['a', 'b', 'c'].map(id => registry.create(streamRecord(id), capacity)))
    const slots = created.flatMap(({ ring }) => ring.slots).sort((x, y) => x - y)
    expect(slots).toEqual(Array.from({ length: 12 }, (_, slot) => slot))
    expect(created.map(({ ring }) => ring.row).sort()).toEqual([0, 1, 2])
    await expect(registry.create(streamRecord('d'), capacity)).rejects.toMatchObject({
      code: 'slab_full',
      status: 507,
    })
    await registry.remove('b')
    const reused = await registry.create(streamRecord('d'), capacity)
    expect(reused.ring).toEqual(created[1]?.ring)
  })

  it('lets one of many that ask for the same id have it', async () => {
    const registry = new StreamRegistry(connection.redis, connection.keys)
    const asked = await Promise.allSettled(
      Array.from({ length: 20 }, () => registry.create(streamRecord('gate'), capacity)),
    )
    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(
      asked.filter(reply => reply.status === 'rejected' && reply.reason.code === 'stream_exists'),
    ).toHaveLength(19)
  })

  it('loses no concurrent change', async () => {
    const registry = new StreamRegistry(connection.redis, connection.keys)
    await registry.create(streamRecord('gate'), capacity)
    await Promise.all(
      Array.from({ length: 20 }, () =>
        registry.update('gate', record => ({ ...record, fps: (record.fps ?? 0) + 1 })),
      ),
    )
    expect(await registry.find('gate')).toMatchObject({ fps: 20, revision: 21 })
    await expect(registry.update('none', record => record)).rejects.toMatchObject({ code: 'unknown_stream' })
  })
})

describe('reports', () => {
  it('forget processes that went silent', async () => {
    const reports = new Reports(connection.redis, connection.keys)
    const report = { stage: 'ingest', instance: 'x', atMs: Date.now() } as never
    await reports.writeProcess(report)
    expect(await reports.processes()).toHaveLength(1)
    await reports.writeProcess({ ...(report as object), atMs: Date.now() - 6000 } as never)
    expect(await reports.processes()).toHaveLength(0)
  })
})

describe('ownership', () => {
  it('is one process’s; the next has it as soon as it is given up', async () => {
    const stop = new AbortController()
    const own = (instance: string) =>
      createOwnership(connection.redis, connection.keys, 'infer', instance, () => undefined)
    const first = own('first')
    const second = own('second')
    let stoodBy = false
    expect(await first.acquire(stop.signal, () => undefined)).toBe(true)
    const waiting = second.acquire(stop.signal, () => {
      stoodBy = true
    })
    await new Promise(resolve => setTimeout(resolve, 200))
    expect(stoodBy).toBe(true)
    await first.release()
    expect(await waiting).toBe(true)
    await second.release()
  })

  it('passes on when its owner dies without a word', async () => {
    const stop = new AbortController()
    await connection.redis.set(connection.keys.owner('infer'), 'dead', 'PX', 700)
    const heir = createOwnership(connection.redis, connection.keys, 'infer', 'heir', () => undefined)
    expect(await heir.acquire(stop.signal, () => undefined)).toBe(true)
    await heir.release()
  })
})

describe('control jobs', () => {
  it('reach a worker, are retried, and a probe brings its answer', async () => {
    const queue = createControlQueue(connection, log)
    const reconciled: string[] = []
    let refusals = 1
    const worker = createControlWorker(
      connection,
      {
        async reconcile(stream): Promise<void> {
          if (refusals-- > 0) throw new Error('not this time')
          reconciled.push(stream)
        },
        probe: async () => ({ ok: false, reason: { code: 'not_found', text: 'no such path' } }),
      },
      log,
    )
    await queue.reconcile('start', 'gate')
    expect(await queue.probe('sealed', 5000)).toEqual({
      ok: false,
      reason: { code: 'not_found', text: 'no such path' },
    })
    await expect.poll(() => reconciled, { timeout: 5000 }).toEqual(['gate'])
    await worker.close()
    await expect(queue.probe('sealed', 300)).rejects.toMatchObject({ code: 'ingest_unavailable' })
    await queue.close()
  })
})

describe('addresses of Redis', () => {
  it('are TCP, TLS or a Unix socket; anything else is refused without showing it', () => {
    expect(connectionOptions('unix:///run/redis.sock')).toMatchObject({ path: '/run/redis.sock' })
    expect(connectionOptions('redis://user:p%40ss@host:7000/2')).toMatchObject({
      host: 'host',
      port: 7000,
      password: 'p@ss',
      db: 2,
    })
    for (const bad of ['http://host', 'host:6379', '']) {
      expect(() => connectionOptions(bad)).toThrowError(
        expect.objectContaining({ code: 'invalid_config', key: 'redis.url' }),
      )
    }
  })
})
