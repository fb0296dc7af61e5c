/**
 * The ledger: what of each device is promised to whom. Every change is one Lua script, whose sums are those of
 * `shared/budget/sum.ts` and whose rule is that of `decide.ts`: no two processes can promise the same byte.
 *
 *   stream:<id>                       as long as the stream is registered; written with its record (`StreamRegistry`). Paused: its ring
 *   held:<stage>:<instance>:<what>    as long as its process renews it; a crashed one's lapses after 3 s
 */
import type { Redis } from 'ioredis'
import type { Overflow } from '../budget/decide.js'
import type { Reservation } from '../budget/reservation.js'
import { type Limits, type Resource, resources } from '../budget/resources.js'
import type { Keys } from './keys.js'
import { loadScript } from './lua.js'

/** How long a held reservation stands without being renewed, by the clock of Redis. Renew it each second. */
export const HELD_MS = 3000

export type Reserved = { ok: true; reservation: Reservation } | Overflow

const reserveScript = loadScript('reserve-1')
const listScript = loadScript('list-reservations-1')
const accountScript = loadScript('account-stream-2')

const noLimits = Object.fromEntries(resources.map(resource => [resource, null])) as Limits

export class Ledger {
  readonly #redis: Redis
  readonly #keys: Keys

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis
    this.#keys = keys
  }

  /** Those in force, of all devices. */
  async list(): Promise<Reservation[]> {
    const all = (await listScript(this.#redis, this.#keys.reservations)) as string[]
    return all.map(json => JSON.parse(json) as Reservation)
  }

  /** Replaces the holder's reservation where it fits. @param reservation one that expires does so `HELD_MS` from now. */
  async reserve(reservation: Reservation, limits: Limits): Promise<Reserved> {
    return this.#reserve(reservation, limits, false)
  }

  /** Records what is there already, whatever the limits. */
  async hold(reservation: Reservation): Promise<void> {
    await this.#reserve(reservation, noLimits, true)
  }

  async release(...holders: string[]): Promise<void> {
    if (holders.length > 0) await this.#redis.hdel(this.#keys.reservations, ...holders)
  }

  /**
   * Makes a registered stream's reservation what it is found to cost, whatever the limits; of one that is not registered it is freed.
   * @param revision of the record that the cost is of. @returns `changed`: the record is another by now, and nothing was done.
   */
  async account(
    stream: string,
    revision: number,
    reservation: Reservation | null,
    limits: Limits,
  ): Promise<'accounted' | 'freed' | 'changed'> {
    const { streams, reservations } = this.#keys
    const [json, own] = reservation ? reservationArguments(reservation, limits) : ['', '', '']
    const revisionRead = reservation ? revision : -1
    const args = [stream, revisionRead, json, own, JSON.stringify(limits)] as const
    return (await accountScript(this.#redis, streams, reservations, ...args)) as 'accounted'
  }

  async #reserve(reservation: Reservation, limits: Limits, isFact: boolean): Promise<Reserved> {
    const ttlMs = reservation.expiresAtMs === null ? 0 : HELD_MS
    const args = [...reservationArguments(reservation, limits), ttlMs, isFact ? 'fact' : ''] as const
    const reply = (await reserveScript(this.#redis, this.#keys.reservations, ...args)) as ScriptReply
    const overflow = overflowOf(reply)
    return overflow ?? { ok: true, reservation: JSON.parse(String(reply[1])) as Reservation }
  }
}

export type ScriptReply = [string, ...(string | number)[]]

/** As every script that reserves takes them: the reservation without what the script decides, what it asks for, and the limits. */
export function reservationArguments(reservation: Reservation, limits: Limits): [string, string, string] {
  const { own, expiresAtMs: _, ...rest } = reservation
  return [JSON.stringify(rest), JSON.stringify(own), JSON.stringify(limits)]
}

/** null where the reply is no refusal. */
export function overflowOf(reply: ScriptReply): Overflow | null {
  if (reply[0] !== 'refused') return null
  const [, binding, asked, free, limit] = reply
  return {
    ok: false,
    binding: binding as Resource,
    asked: Number(asked),
    free: Number(free),
    limit: Number(limit),
  }
}
