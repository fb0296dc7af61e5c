/** Memory snapshots in Redis, as many as are kept; made of what every process last said it holds. */
import { randomBytes } from 'node:crypto'
import type { Redis } from 'ioredis'
import { RingsideError } from '../errors.js'
import type { MemorySnapshot } from '../memory/allocation.js'
import { type SnapshotSummary, summaryOf } from '../memory/snapshot-summary.js'
import type { Keys } from './keys.js'
import { loadScript } from './lua.js'

const add = loadScript('add-snapshot-2')

/** What ran and what it held: the content of a snapshot. */
export type SnapshotContent = Pick<MemorySnapshot, 'why' | 'processes' | 'streams' | 'models'>

export class Snapshots {
  readonly #redis: Redis
  readonly #keys: Keys
  readonly #kept: number

  /** @param kept the oldest beyond these go. */
  constructor(redis: Redis, keys: Keys, kept: number) {
    this.#redis = redis
    this.#keys = keys
    this.#kept = kept
  }

  async add(content: SnapshotContent, atMs = Date.now()): Promise<MemorySnapshot> {
    const snapshot: MemorySnapshot = { v: 1, id: snapshotId(atMs), atMs, ...content }
    const { snapshotIds, snapshots } = this.#keys
    await add(this.#redis, snapshotIds, snapshots, snapshot.id, atMs, JSON.stringify(snapshot), this.#kept)
    return snapshot
  }

  /** Newest first. */
  async list(): Promise<SnapshotSummary[]> {
    const ids = await this.#redis.zrevrange(this.#keys.snapshotIds, 0, -1)
    if (ids.length === 0) return []
    const all = await this.#redis.hmget(this.#keys.snapshots, ...ids)
    return all.flatMap(json => (json === null ? [] : [summaryOf(JSON.parse(json) as MemorySnapshot)]))
  }

  /** @throws RingsideError `unknown_snapshot` */
  async find(id: string): Promise<MemorySnapshot> {
    const json = await this.#redis.hget(this.#keys.snapshots, id)
    if (json === null) throw unknownSnapshot(id)
    return JSON.parse(json) as MemorySnapshot
  }

  /** @throws RingsideError `unknown_snapshot` */
  async remove(id: string): Promise<void> {
    const removed = await this.#redis.hdel(this.#keys.snapshots, id)
    await this.#redis.zrem(this.#keys.snapshotIds, id)
    if (removed === 0) throw unknownSnapshot(id)
  }
}

/** `20261121T143000Z-<6 hex>` */
function snapshotId(atMs: number): string {
  const time = new Date(atMs).toISOString().replace(/[-:]|\.\d+/g, '')
  return `${time}-${randomBytes(3).toString('hex')}`
}

function unknownSnapshot(id: string): RingsideError {
  return new RingsideError('unknown_snapshot', `No memory snapshot has the id ${id}.`, {
    key: 'id',
    value: id,
    remedy: 'List them with GET /api/v1/memory/snapshots or `ringside memory ls`; the oldest are let go.',
  })
}
