/** What is in force instead of what streams declare. The controller of budgets writes it; the stages read it through `EffectiveStreams`. */
import type { Redis } from 'ioredis'
import type { BudgetEvent, Degradation, HistoryEntry } from '../budget/degradation.js'
import { queueLine } from './history.js'
import type { Keys } from './keys.js'
import { queueEvent } from './publish-streams.js'

/** A step, as the WebSocket and the stream's history are told of it. */
export interface ToldStep {
  event: BudgetEvent
  line: HistoryEntry
}

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

  /**
   * In one step with what is told of it: nobody reads half of it, and what is in force was told, whoever dies when.
   * @param restored streams that run as declared from here on.
   */
  async change(
    inForce: readonly Degradation[],
    restored: readonly string[],
    told: readonly ToldStep[] = [],
  ): Promise<void> {
    const { degradations } = this.#keys
    const transaction = this.#redis.multi()
    for (const one of inForce) transaction.hset(degradations, one.stream, JSON.stringify(one))
    if (restored.length > 0) transaction.hdel(degradations, ...restored)
    for (const { event, line } of told) {
      queueEvent(transaction, this.#keys, event)
      queueLine(transaction, this.#keys, line)
    }
    const results = await transaction.exec()
    for (const [error] of results ?? []) if (error) throw error
  }
}
