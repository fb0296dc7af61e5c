/** What each device is able to do, as its infer process reports it once a second. It stays known while infer restarts. */
import type { Redis } from 'ioredis'
import type { DeviceCapacity } from '../budget/budget.js'
import type { ProfiledDevice } from '../budget/profile.js'
import type { Keys } from './keys.js'
import { PROCESS_TIMEOUT_MS } from './reports.js'

export interface ReportedCapacity extends DeviceCapacity {
  /** What streams get that name no model. */
  defaultModel: string
  /** With which a model of any batch size would be loaded. */
  buckets: number[]
  /** What profiles of this device hold for. Absent: not known. */
  profiled?: Pick<ProfiledDevice, 'driver' | 'fingerprint' | 'threads'>
  atMs: number
}

export class Capacities {
  readonly #redis: Redis
  readonly #keys: Keys

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis
    this.#keys = keys
  }

  async write(capacity: ReportedCapacity): Promise<void> {
    await this.#redis.hset(this.#keys.capacities, capacity.id, JSON.stringify(capacity))
  }

  /** Nobody serves the device any more. */
  async remove(device: string): Promise<void> {
    await this.#redis.hdel(this.#keys.capacities, device)
  }

  async find(device: string): Promise<ReportedCapacity | null> {
    const json = await this.#redis.hget(this.#keys.capacities, device)
    return json ? (JSON.parse(json) as ReportedCapacity) : null
  }

  /** Every device that was ever reported, by id. */
  async list(): Promise<ReportedCapacity[]> {
    const all = await this.#redis.hvals(this.#keys.capacities)
    return all
      .map(json => JSON.parse(json) as ReportedCapacity)
      .sort((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }))
  }

  /** The device that streams run on: the first that is alive, else the one that was last; null where none ever reported. */
  async serving(nowMs = Date.now()): Promise<ReportedCapacity | null> {
    const all = await this.list()
    const alive = all.find(({ atMs }) => nowMs - atMs <= PROCESS_TIMEOUT_MS)
    return alive ?? all.sort((a, b) => b.atMs - a.atMs)[0] ?? null
  }
}
