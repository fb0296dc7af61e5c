/** What of every stream is in force: its desired state with its degradation. The stages make this so, not what is declared. */
import type { Redis } from 'ioredis'
import { type EffectiveStream, effective } from '../stream/effective.js'
import { Degradations } from './degradations.js'
import type { Keys } from './keys.js'
import { StreamRegistry } from './stream-registry.js'

export class EffectiveStreams {
  readonly #registry: StreamRegistry
  readonly #degradations: Degradations

  constructor(redis: Redis, keys: Keys) {
    this.#registry = new StreamRegistry(redis, keys)
    this.#degradations = new Degradations(redis, keys)
  }

  async list(): Promise<EffectiveStream[]> {
    const [streams, degradations] = await Promise.all([this.#registry.list(), this.#degradations.all()])
    return streams.map(stream => effective(stream, degradations.get(stream.id) ?? null))
  }
}
