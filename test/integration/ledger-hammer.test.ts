/** Eight processes hammer one ledger and are killed at any moment: no reservation is lost, none leaks, nothing is promised twice. */
import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Reservation } from '../../shared/budget/reservation.js'
import { resources } from '../../shared/budget/resources.js'
import { usedOf } from '../../shared/budget/sum.js'
import { sleep } from '../../shared/clock.js'
import type { RedisConnection } from '../../shared/redis/connection.js'
import { Ledger } from '../../shared/redis/ledger.js'
import type { DesiredStream } from '../../shared/stream/stream.js'
import { hammerLimits, reservationOf } from '../tools/ledger-hammer.js'
import { startRedis, type TestRedis } from '../tools/redis-server.js'
import { DEVICE } from '../tools/reservations.js'
import { killed } from '../tools/slab-bench.js'

const PROCESSES = 8
const KILLS = 16
/** Looks between two kills, while the victim is at work. */
const LOOKS = 8
const program = fileURLToPath(new URL('../../dist/test/tools/ledger-hammer.js', import.meta.url))

let server: TestRedis
let connection: RedisConnection
let children: ChildProcess[] = []
let seed = Date.now() % 1_000_000
const failures: string[] = []
/** Those that have done something. */
const working = new WeakSet<ChildProcess>()

beforeEach(async () => {
  server = await startRedis()
  connection = server.connect('hammer')
})
afterEach(async () => {
  await Promise.all(children.filter(isAlive).map(killed))
  children = []
  await server.close()
})

function isAlive(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null
}

function start(): ChildProcess {
  const child = spawn(process.execPath, [program, server.url, 'hammer', String(seed++)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  child.stdout?.on('data', () => working.add(child))
  child.stderr?.on('data', text => failures.push(String(text)))
  return child
}

/** Streams and reservations as they are at one moment, with the clock of Redis. */
async function look(): Promise<{ streams: DesiredStream[]; reservations: Reservation[]; nowMs: number }> {
  const { redis, keys } = connection
  const replies = await redis.multi().hvals(keys.streams).hvals(keys.reservations).time().exec()
  const [streams, reservations, time] = replies!.map(([, reply]) => reply) as [string[], string[], string[]]
  return {
    streams: streams.map(json => JSON.parse(json) as DesiredStream),
    reservations: reservations.map(json => JSON.parse(json) as Reservation),
    nowMs: Number(time[0]) * 1000 + Math.floor(Number(time[1]) / 1000),
  }
}

/** @returns how many streams had a reservation. */
async function checkOnce(): Promise<number> {
  const { streams, reservations, nowMs } = await look()
  const ofStreams = reservations.filter(({ holder }) => holder.startsWith('stream:'))
  const should = streams.filter(({ enabled }) => enabled).map(reservationOf)
  const byHolder = (a: Reservation, b: Reservation): number => a.holder.localeCompare(b.holder)
  expect(ofStreams.sort(byHolder)).toEqual(should.sort(byHolder))
  const used = usedOf(reservations, DEVICE, nowMs)
  for (const resource of resources)
    expect(used[resource], resource).toBeLessThanOrEqual(hammerLimits[resource] ?? Number.POSITIVE_INFINITY)
  const slots = streams.flatMap(({ ring }) => ring.slots)
  expect(new Set(slots).size).toBe(slots.length)
  return ofStreams.length
}

it(`${PROCESSES} processes and ${KILLS} kills lose and leak nothing, and what the killed held is free within 5 s`, async () => {
  children = Array.from({ length: PROCESSES }, start)
  const ledger = new Ledger(connection.redis, connection.keys)
  let looks = 0
  let most = 0
  for (let kills = 0; kills < KILLS; kills++) {
    const victim = children[kills % PROCESSES] as ChildProcess
    for (let seen = 0; seen < LOOKS; looks++) {
      most = Math.max(most, await checkOnce())
      expect(isAlive(victim), failures.join('')).toBe(true)
      if (working.has(victim)) seen++
      await sleep(5) // the looks must not be what Redis is busy with
    }
    await killed(victim)
    children[kills % PROCESSES] = start()
  }
  await expect.poll(() => usedOfHeld(ledger), { timeout: 5000 }).toBeGreaterThan(0)
  await Promise.all(children.map(killed))
  const killedAtMs = Date.now()
  while ((await usedOfHeld(ledger)) > 0) await sleep(50)
  expect(Date.now() - killedAtMs).toBeLessThan(5000)
  expect((await look()).reservations.filter(({ holder }) => holder.startsWith('held:'))).toEqual([])
  await checkOnce()
  const info = await connection.redis.info('commandstats')
  const scripts = Number(/cmdstat_evalsha:calls=(\d+)/.exec(info)?.[1] ?? 0)
  expect(scripts).toBeGreaterThan(500)
  expect(looks).toBeGreaterThanOrEqual(KILLS * LOOKS)
  expect(most).toBeGreaterThan(3)
})

async function usedOfHeld(ledger: Ledger): Promise<number> {
  const all = await ledger.list()
  return all.filter(({ holder }) => holder.startsWith('held:')).length
}
