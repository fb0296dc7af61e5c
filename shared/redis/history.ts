/** What happened to each stream and device, and who did it. Bounded: the oldest lines of a history go, and a removed stream's with it. */
import type { Redis } from 'ioredis'
import type { HistoryEntry } from '../budget/degradation.js'
import type { Keys } from './keys.js'

/** Of one stream or device. */
export const HISTORY_LINES = 200
/** Of everything together. */
export const AUDIT_LINES = 10_000
/** How long the history of a removed stream can still be read. */
export const REMOVED_HISTORY_S = 7 * 86_400

/** Whoever holds the access token is not known by name; its digest tells two tokens apart and gives neither away. */
export type Actor = `token:${string}` | 'ringside'

export class History {
  readonly #redis: Redis
  readonly #keys: Keys

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis
    this.#keys = keys
  }

  /** For what changes no record; changes of streams and budgets are written with the change, by its script. */
  async add(entry: HistoryEntry): Promise<void> {
    const json = JSON.stringify(entry)
    const add = (key: string, most: number) => this.#redis.xadd(key, 'MAXLEN', '~', most, '*', 'e', json)
    await Promise.all([add(this.#keys.history(entry.id), HISTORY_LINES), add(this.#keys.audit, AUDIT_LINES)])
  }

  /** Of a stream or device: the newest lines, newest last. */
  of(id: string, most = HISTORY_LINES): Promise<HistoryEntry[]> {
    return this.#read(this.#keys.history(id), most)
  }

  /** Of everything: the newest lines, newest last. */
  audit(most: number): Promise<HistoryEntry[]> {
    return this.#read(this.#keys.audit, most)
  }

  async #read(key: string, most: number): Promise<HistoryEntry[]> {
    const lines = await this.#redis.xrevrange(key, '+', '-', 'COUNT', most)
    return lines.map(([, fields]) => JSON.parse(fields[1] as string) as HistoryEntry).reverse()
  }
}

/** The keys of `after` that differ from `before`, in the order of `keys`. */
export function changesOf<T extends object>(
  before: T,
  after: T,
  keys: readonly (keyof T & string)[],
): HistoryEntry['changes'] {
  return keys.flatMap(key => {
    const [from, to] = [before[key] ?? null, after[key] ?? null]
    return JSON.stringify(from) === JSON.stringify(to) ? [] : [{ key, from, to }]
  })
}
