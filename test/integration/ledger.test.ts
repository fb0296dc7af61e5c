/** The ledger in a real Redis: its Lua script and the pure functions of shared/budget say the same, whatever is asked in whatever order. */
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { decide } from '../../shared/budget/decide.js'
import type { HistoryEntry } from '../../shared/budget/degradation.js'
import { rates, withinRoom, yielding } from '../../shared/budget/elastic.js'
import type { Reservation } from '../../shared/budget/reservation.js'
import { type Limits, type Resource, resources } from '../../shared/budget/resources.js'
import { usedOf } from '../../shared/budget/sum.js'
import { sleep } from '../../shared/clock.js'
import { Budgets, budgetDefaults } from '../../shared/redis/budgets.js'
import type { RedisConnection } from '../../shared/redis/connection.js'
import { changesOf, HISTORY_LINES, History, queueLine } from '../../shared/redis/history.js'
import { HELD_MS, Ledger } from '../../shared/redis/ledger.js'
import { LedgerFull, StreamRegistry } from '../../shared/redis/stream-registry.js'
import { startRedis, type TestRedis } from '../tools/redis-server.js'
import { amounts, DEVICE, noLimits, reservation, streamRecord } from '../tools/reservations.js'

let server: TestRedis
let connection: RedisConnection
let ledger: Ledger
let registry: StreamRegistry
let serial = 0

beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server.close())
beforeEach(() => {
  connection = server.connect(`ledger-${serial++}`)
  ledger = new Ledger(connection.redis, connection.keys)
  registry = new StreamRegistry(connection.redis, connection.keys)
})

/** Amounts about as large as the limits, now and then as large as memory can be. */
const someAmounts = fc.record(
  Object.fromEntries(
    resources.map(resource => [
      resource,
      fc.oneof(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 2 ** 48 })),
    ]),
  ) as Record<Resource, fc.Arbitrary<number>>,
)
const someLimits = fc.record(
  Object.fromEntries(
    resources.map(resource => [
      resource,
      fc.oneof(fc.constant(null), fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 2 ** 50 })),
    ]),
  ) as Record<Resource, fc.Arbitrary<number | null>>,
)
const someReservation: fc.Arbitrary<Reservation> = fc
  .record({
    holder: fc.constantFrom('stream:a', 'stream:b', 'stream:c', 'stream:d', 'held:infer:x:y'),
    device: fc.constantFrom(DEVICE, DEVICE, 'cuda-0'),
    model: fc.constantFrom(null, 'nano', 'small'),
    own: someAmounts,
    shared: someAmounts,
    isElastic: fc.boolean(),
  })
  .map(({ isElastic, ...rest }) =>
    reservation(rest.holder, { ...rest, ...(isElastic && { elastic: [...rates] }) }),
  )

describe('the arithmetic of the ledger', () => {
  it('is that of usedOf, withinRoom, yielding and decide', async () => {
    const asked = fc.array(fc.record({ one: someReservation, limits: someLimits }), {
      minLength: 1,
      maxLength: 12,
    })
    const admitted = { yes: 0, no: 0 }
    await fc.assert(
      fc.asyncProperty(asked, async requests => {
        await connection.redis.del(connection.keys.reservations)
        let model: Reservation[] = []
        for (const { one, limits } of requests) {
          const granted = withinRoom(one, model, limits)
          const expected = decide(granted, model, limits)
          const answer = await ledger.reserve(one, limits)
          expect(answer).toEqual(expected.ok ? { ok: true, reservation: granted } : expected)
          if (expected.ok) {
            const less = new Map(yielding(granted, model, limits).map(each => [each.holder, each]))
            const others = model.filter(({ holder }) => holder !== one.holder)
            model = [...others.map(each => less.get(each.holder) ?? each), granted]
          }
          admitted[expected.ok ? 'yes' : 'no']++
        }
        const listed = await ledger.list()
        const byHolder = (a: Reservation, b: Reservation) => (a.holder < b.holder ? -1 : 1)
        expect([...listed].sort(byHolder)).toEqual([...model].sort(byHolder))
      }),
      { numRuns: 250 },
    )
    expect(Math.min(admitted.yes, admitted.no)).toBeGreaterThan(100) // else one side was never looked at
  })

  it('never takes a device beyond its limit, whoever asks at once', async () => {
    const limits: Limits = { ...noLimits, hostBytes: 100, streams: 7 }
    const asking = Array.from({ length: 40 }, (_, i) =>
      ledger.reserve(
        reservation(`stream:${i}`, { own: amounts({ hostBytes: 1 + (i % 30), streams: 1 }) }),
        limits,
      ),
    )
    const answers = await Promise.all(asking)
    const used = usedOf(await ledger.list(), DEVICE)
    expect(used.hostBytes).toBeLessThanOrEqual(100)
    expect(used.streams).toBeLessThanOrEqual(7)
    expect(answers.filter(({ ok }) => ok)).toHaveLength(used.streams)
    expect(answers.find(({ ok }) => !ok)).toMatchObject({
      binding: expect.stringMatching(/hostBytes|streams/),
    })
  })

  it('lets what is there take less of a device that is over its limit', async () => {
    const own = (computePpm: number) => reservation('stream:a', { own: amounts({ computePpm }) })
    await ledger.hold(own(900_000))
    const limits = { ...noLimits, computePpm: 500_000 }
    expect(await ledger.reserve(own(950_000), limits)).toMatchObject({ ok: false, binding: 'computePpm' })
    expect(await ledger.reserve(own(800_000), limits)).toMatchObject({ ok: true })
  })
})

describe('held reservations', () => {
  it('lapse within 5 s when their process is gone, and stand as long as it renews them', async () => {
    const held = (holder: string) =>
      reservation(holder, { own: amounts({ hostBytes: 60 }), expiresAtMs: Date.now() })
    const limits = { ...noLimits, hostBytes: 100 }
    expect((await ledger.reserve(held('held:infer:crashed:profile'), limits)).ok).toBe(true)
    expect((await ledger.reserve(held('held:infer:other:profile'), limits)).ok).toBe(false)
    const goneAtMs = Date.now()
    let answer = await ledger.reserve(held('held:infer:other:profile'), limits)
    while (!answer.ok) {
      await sleep(100)
      answer = await ledger.reserve(held('held:infer:other:profile'), limits)
    }
    const tookMs = Date.now() - goneAtMs
    expect(tookMs).toBeGreaterThan(HELD_MS / 2)
    expect(tookMs).toBeLessThan(5000)
    for (let renewals = 0; renewals < 4; renewals++) {
      await sleep(1000)
      await ledger.hold(held('held:infer:other:profile'))
    }
    expect((await ledger.list()).map(({ holder }) => holder)).toEqual(['held:infer:other:profile'])
    await ledger.release('held:infer:other:profile')
    expect(await ledger.list()).toEqual([])
  })
})

describe('a stream and its reservation', () => {
  const capacity = { maxStreams: 4, ringSlots: 4 }
  const limits: Limits = { ...noLimits, computePpm: 100 }
  const reserveFor = (id: string, computePpm: number) => ({
    reservation: reservation(`stream:${id}`, { own: amounts({ computePpm }) }),
    limits,
  })
  const create = (id: string, computePpm: number) =>
    registry.create(streamRecord(id), capacity, { reserve: reserveFor(id, computePpm), entry: null })
  const holders = async () => (await ledger.list()).map(({ holder }) => holder).sort()

  it('come together, or neither does', async () => {
    await create('a', 60)
    const refused = await create('b', 60).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(LedgerFull)
    expect((refused as LedgerFull).overflow).toEqual({
      ok: false,
      binding: 'computePpm',
      asked: 60,
      free: 40,
      limit: 100,
    })
    expect((await registry.list()).map(({ id }) => id)).toEqual(['a'])
    expect(await holders()).toEqual(['stream:a'])
  })

  it('change together, and a pause or removal frees what was reserved', async () => {
    await create('a', 60)
    await create('b', 30)
    const change = (id: string, enabled: boolean, computePpm: number) =>
      registry.update(id, record => ({ ...record, enabled }), {
        withChange: async () => ({ reserve: enabled ? reserveFor(id, computePpm) : null, entry: null }),
      })
    await expect(change('b', true, 50)).rejects.toBeInstanceOf(LedgerFull)
    expect(await registry.find('b')).toMatchObject({ revision: 1 })
    await change('a', false, 0)
    expect(await holders()).toEqual(['stream:b'])
    await change('b', true, 90)
    await expect(change('a', true, 60)).rejects.toBeInstanceOf(LedgerFull)
    await registry.remove('b')
    expect(await holders()).toEqual([])
    await change('a', true, 60)
    expect(usedOf(await ledger.list(), DEVICE).computePpm).toBe(60)
  })

  it('are accounted whatever the limits where they were registered before; of nobody is freed', async () => {
    await registry.create(streamRecord('a'), capacity)
    const { reservation: costs } = reserveFor('a', 500)
    expect(await ledger.account('a', 2, costs, limits)).toBe('changed')
    expect(await ledger.account('a', 1, costs, limits)).toBe('accounted')
    expect(usedOf(await ledger.list(), DEVICE).computePpm).toBe(500)
    expect(await ledger.account('a', 1, null, limits)).toBe('changed') // it is enabled: not freed
    await ledger.hold(reservation('stream:ghost', { own: amounts({ computePpm: 1 }) }))
    expect(await ledger.account('ghost', 0, null, limits)).toBe('freed')
    expect(await holders()).toEqual(['stream:a'])
  })

  it('get another ring: fewer slots are the first of its own, more are its own and free ones', async () => {
    for (const id of ['a', 'b', 'c']) await registry.create(streamRecord(id), capacity)
    const resize = (id: string, wanted: number) =>
      registry.update(id, record => record, { slots: { wanted, capacity } }).then(({ ring }) => ring)
    const before = (await registry.find('b'))!.ring
    expect(await resize('b', 2)).toEqual({ row: before.row, slots: before.slots.slice(0, 2) })
    const grown = await resize('a', 8)
    expect(grown.slots.slice(0, 4)).toEqual([0, 1, 2, 3])
    expect(new Set(grown.slots).size).toBe(8)
    const taken = (await registry.list()).flatMap(({ ring }) => ring.slots)
    expect(new Set(taken).size).toBe(taken.length)
    await expect(resize('c', 9)).rejects.toMatchObject({ code: 'slab_full' })
    expect((await registry.find('c'))!.ring.slots).toHaveLength(4)
  })
})

describe('history', () => {
  const line = (id: string, at: number): HistoryEntry => ({
    id,
    at,
    what: 'changed',
    by: 'token:abcdef',
    changes: [],
    reason: null,
  })

  async function add(entry: HistoryEntry): Promise<void> {
    const transaction = connection.redis.multi()
    queueLine(transaction, connection.keys, entry)
    await transaction.exec()
  }

  it('is kept a stream and of all together, newest last, and is bounded', async () => {
    const history = new History(connection.redis, connection.keys)
    for (let at = 0; at < 3 * HISTORY_LINES; at++) await add(line(at % 3 ? 'a' : 'b', at))
    const ofA = await history.of('a')
    expect(ofA.length).toBeLessThanOrEqual(HISTORY_LINES)
    expect(ofA.at(-1)?.at).toBe(3 * HISTORY_LINES - 1)
    expect(await connection.redis.xlen(connection.keys.history('a'))).toBeLessThan(2 * HISTORY_LINES)
    expect((await history.audit(2)).map(({ at }) => at)).toEqual([
      3 * HISTORY_LINES - 2,
      3 * HISTORY_LINES - 1,
    ])
  })

  it('is written with the change, and outlives the stream for a while', async () => {
    const history = new History(connection.redis, connection.keys)
    const capacity = { maxStreams: 1, ringSlots: 4 }
    await registry.create(streamRecord('a'), capacity, { reserve: null, entry: line('a', 1) })
    await registry.remove('a', line('a', 2))
    expect((await history.of('a')).map(({ at }) => at)).toEqual([1, 2])
    expect(await connection.redis.ttl(connection.keys.history('a'))).toBeGreaterThan(86_400)
    await registry.create(streamRecord('a'), capacity, { reserve: null, entry: line('a', 3) })
    expect(await connection.redis.ttl(connection.keys.history('a'))).toBe(-1)
  })

  it('tells what differs, and only that', () => {
    expect(changesOf({ a: 1, b: 2 }, { a: 1, b: 3 }, ['a', 'b'])).toEqual([{ key: 'b', from: 2, to: 3 }])
  })
})

describe('budgets', () => {
  const defaults = budgetDefaults({
    memoryFraction: 0.8,
    reserveFraction: 0.05,
    utilisation: 0.7,
    maxStreams: null,
    latencyTargetMs: 100,
  })

  it('are the settings until overridden; null takes an override away; none of many changes is lost', async () => {
    const budgets = new Budgets(connection.redis, connection.keys, defaults)
    expect(await budgets.of('cpu-0')).toEqual(defaults)
    await Promise.all([
      budgets.change('cpu-0', { utilisation: 0.5 }, 'token:abcdef'),
      budgets.change('cpu-0', { maxStreams: 3 }, 'token:abcdef'),
      budgets.change('cpu-0', { memoryFraction: 0.6 }, 'token:abcdef'),
    ])
    expect(await budgets.overrides('cpu-0')).toEqual({ utilisation: 0.5, maxStreams: 3, memoryFraction: 0.6 })
    expect(await budgets.of('cuda-0')).toEqual(defaults)
    await budgets.change('cpu-0', { utilisation: null, maxStreams: null }, 'token:abcdef')
    expect(await budgets.of('cpu-0')).toEqual({ ...defaults, memoryFraction: 0.6 })
    const entries = await new History(connection.redis, connection.keys).of('cpu-0')
    expect(entries).toHaveLength(4)
    expect(entries.at(-1)?.changes).toEqual([
      { key: 'utilisation', from: 0.5, to: 0.7 },
      { key: 'maxStreams', from: 3, to: null },
    ])
  })
})
