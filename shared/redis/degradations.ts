/** What is in force instead of what streams declare. The controller of budgets writes it; the stages read it through `EffectiveStreams`. */
import type { Redis } from 'ioredis'
import type { Degradation } from '../budget/degradation.js'
import type { Keys } from './keys.js'

export class Degradations {
  readonly #redis: Redis
  readonly #keys: Keys

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis
    this.#keys = keys
  }

  /** By stream; those that run as declared have none. */
  async all(): Promise<Map<string, Degradation>> {
    const all = Object.values(await this.#redis.hgetall(this.#keys.degradations))
    return new Map(all.map(json => JSON.parse(json) as Degradation).map(one => [one.stream, one]))
  }

  async find(stream: string): Promise<Degradation | null> {
    const json = await this.#redis.hget(this.#keys.degradations, stream)
    return json ? (JSON.parse(json) as Degradation) : null
  }

  /** In one step, so that nobody reads half of it. @param restored streams that run as declared from here on. */
  async change(inForce: readonly Degradation[], restored: readonly string[]): Promise<void> {
    const { degradations } = this.#keys
    const transaction = this.#redis.multi()
    for (const one of inForce) transaction.hset(degradations, one.stream, JSON.stringify(one))
    if (restored.length > 0) transaction.hdel(degradations, ...restored)
    const results = await transaction.exec()
    for (const [error] of results ?? []) if (error) throw error
  }
}
