/** What happened to each stream and device, and who did it. Bounded: the oldest lines of a history go, and a removed stream's with it. */
import type { ChainableCommander, Redis } from 'ioredis'
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

/** A line of a stream or device, and of the audit, with the change that it tells of. Scripts have their own: `history.lua`. */
export function queueLine(transaction: ChainableCommander, keys: Keys, entry: HistoryEntry): void {
  const json = JSON.stringify(entry)
  transaction.xadd(keys.history(entry.id), 'MAXLEN', '~', HISTORY_LINES, '*', 'e', json)
  transaction.xadd(keys.audit, 'MAXLEN', '~', AUDIT_LINES, '*', 'e', json)
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
