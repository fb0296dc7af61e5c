/** What operators ask devices to compact: written by publish, taken once by the infer of the device, which looks each second. */
import type { Redis } from 'ioredis'
import type { CompactionRequest } from '../memory/timeline.js'
import type { Keys } from './keys.js'

/** One that no infer took by then is past: it would surprise whoever starts one tomorrow. */
const FORGET_AFTER_MS = 60_000

export class CompactionRequests {
  constructor(
    private readonly redis: Redis,
    private readonly keys: Keys,
  ) {}

  /** The newest stands. */
  async ask(device: string, request: CompactionRequest): Promise<void> {
    await this.redis.hset(this.keys.compactionRequests, device, JSON.stringify(request))
  }

  /** null where nobody asked. */
  async take(device: string, nowMs = Date.now()): Promise<CompactionRequest | null> {
    const key = this.keys.compactionRequests
    const [read] = (await this.redis.multi().hget(key, device).hdel(key, device).exec()) ?? []
    const [error, json] = read ?? [null, null]
    if (error) throw error
    if (typeof json !== 'string') return null
    const request = JSON.parse(json) as CompactionRequest
    return nowMs - request.atMs > FORGET_AFTER_MS ? null : request
  }
}
