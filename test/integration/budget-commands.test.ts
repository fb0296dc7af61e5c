/** Changes of a device's memory budget: which are refused and what the refusal names, and that an applied one is answered as applied. */
import { afterAll, beforeEach, expect, it } from 'vitest'
import { BudgetCommands } from '../../publish/api/budget-commands.js'
import { budgetParts } from '../../publish/budget-parts.js'
import { Capacities } from '../../shared/redis/capacities.js'
import { Reports } from '../../shared/redis/reports.js'
import { capacityReport } from '../tools/budget-reports.js'
import { startRedis } from '../tools/redis-server.js'
import { amounts, reservation } from '../tools/reservations.js'

const GIB = 2 ** 30
const settings = { memoryFraction: 0.8, reserveFraction: 0.05, utilisation: 0.7, maxStreams: null }
const redis = await startRedis()
const connection = redis.connect()
const reports = new Reports(connection.redis, connection.keys)
const parts = budgetParts(connection, reports, { ...settings, latencyTargetMs: 100 })
const commands = new BudgetCommands({ ...parts, persist: async () => undefined })
const change = (asked: object) => commands.change('cpu-0', asked, 'token:abcdef')

/** A host of 16 GiB. */
const capacity = (modelBytes: number | null = null) =>
  new Capacities(connection.redis, connection.keys).write(capacityReport({ modelBytes }))
const hold = (hostBytes: number) =>
  parts.ledger.hold(reservation('held:infer:a:model', { own: amounts({ hostBytes }), expiresAtMs: 1 }))

beforeEach(async () => {
  await connection.redis.flushall()
  await capacity()
})
afterAll(() => redis.close())

it('one that leaves too little for what stays loaded is refused, and the key that was changed is named', async () => {
  await hold(4 * GIB)
  await expect(change({ reserveFraction: 0.9 })).rejects.toMatchObject({
    code: 'budget_invalid',
    key: 'reserveFraction',
    value: '0.9',
  })
  await expect(change({ memoryFraction: 0.2 })).rejects.toMatchObject({ key: 'memoryFraction', value: '0.2' })
  expect((await commands.find('cpu-0')).overrides).toEqual({})
})

it('what has nothing to do with memory, or makes it better, is taken although too much is loaded', async () => {
  await hold(15 * GIB)
  expect((await change({ maxStreams: 3 })).overrides).toEqual({ maxStreams: 3 })
  expect((await change({ memoryFraction: 0.9 })).overrides).toMatchObject({ memoryFraction: 0.9 })
})

it('one that would promise what infer never loads is refused, with the setting that fixes it', async () => {
  await capacity(8 * GIB)
  await expect(change({ memoryFraction: 0.9 })).rejects.toMatchObject({
    code: 'budget_invalid',
    key: 'memoryFraction',
    message: expect.stringMatching(/fix 8.* GiB .*model\.memoryBytes.*would promise 13\.7 GiB/),
    remedy: expect.stringContaining('model.memoryBytes to auto'),
  })
  await expect(change({ reserveFraction: 0 })).rejects.toMatchObject({ key: 'reserveFraction' })
  expect((await change({ memoryFraction: 0.3 })).overrides).toEqual({ memoryFraction: 0.3 })
  expect((await change({ memoryFraction: 0.5 })).overrides).toEqual({ memoryFraction: 0.5 })
  expect((await change({ memoryFraction: null })).overrides).toEqual({})
})

it('one that follows the budget may be raised to all there is', async () => {
  expect((await change({ memoryFraction: 1 })).limits.hostBytes).toBe(Math.floor(16 * GIB * 0.95))
})

it('is answered as applied, however long Redis takes to save', async () => {
  const slow = new BudgetCommands({ ...parts, persist: () => new Promise(() => undefined) })
  const from = performance.now()
  expect((await slow.change('cpu-0', { utilisation: 0.5 }, 'token:abcdef')).settings.utilisation).toBe(0.5)
  expect(performance.now() - from).toBeLessThan(1500)
})
