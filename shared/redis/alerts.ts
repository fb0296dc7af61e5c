/** Alerts in Redis: those that fire, and those lately resolved; and their events. Written by the one process that watches. */
import type { Redis } from 'ioredis'
import type { Alert } from '../memory/alert.js'
import type { Keys } from './keys.js'
import { addEvent } from './publish-streams.js'

/** One that was resolved stays to be seen for a day. */
const KEEP_RESOLVED_MS = 86_400_000

export class Alerts {
  readonly #redis: Redis
  readonly #keys: Keys

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis
    this.#keys = keys
  }

  /** Those that fire first, then the newest. */
  async list(nowMs = Date.now()): Promise<Alert[]> {
    const all = Object.values(await this.#redis.hgetall(this.#keys.alerts)).map(
      json => JSON.parse(json) as Alert,
    )
    const old = all.filter(({ state, atMs }) => state === 'resolved' && nowMs - atMs > KEEP_RESOLVED_MS)
    if (old.length > 0) await this.#redis.hdel(this.#keys.alerts, ...old.map(({ id }) => id))
    return all
      .filter(alert => !old.includes(alert))
      .sort((a, b) => a.state.localeCompare(b.state) || b.sinceMs - a.sinceMs)
  }

  /** Without an event: figures of an alert that fires already. */
  async update(alerts: readonly Alert[]): Promise<void> {
    if (alerts.length === 0) return
    await this.#redis.hset(
      this.#keys.alerts,
      Object.fromEntries(alerts.map(alert => [alert.id, JSON.stringify(alert)])),
    )
  }

  /** Its state changed: recorded, and told on the events stream. */
  async tell(alert: Alert): Promise<void> {
    await this.update([alert])
    await addEvent(this.#redis, this.#keys, { type: 'alert', v: 1, ...alert })
  }
}
