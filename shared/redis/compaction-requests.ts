/** What operators ask devices to compact: written by publish, each taken once by the infer of the device, which looks each second. */
import type { Redis } from 'ioredis'
import type { CompactionRequest } from '../memory/timeline.js'
import type { Keys } from './keys.js'

/** One that no infer took by then is past: it would surprise whoever starts one tomorrow. */
const FORGET_AFTER_MS = 60_000
/** Of a device; beyond them the oldest go, and whoever asked is told that nothing was compacted. */
const MOST = 32

export class CompactionRequests {
  constructor(
    private readonly redis: Redis,
    private readonly keys: Keys,
  ) {}

  /** Each stands, whoever else asks. */
  async ask(device: string, request: CompactionRequest): Promise<void> {
    const key = this.keys.compactionRequests(device)
    const transaction = this.redis.multi().rpush(key, JSON.stringify(request))
    const results = await transaction.ltrim(key, -MOST, -1).pexpire(key, FORGET_AFTER_MS).exec()
    for (const [error] of results ?? []) if (error) throw error
  }

  /** The oldest; null where nobody asked. */
  async take(device: string, nowMs = Date.now()): Promise<CompactionRequest | null> {
    for (;;) {
      const json = await this.redis.lpop(this.keys.compactionRequests(device))
      if (json === null) return null
      const request = JSON.parse(json) as CompactionRequest
      if (nowMs - request.atMs <= FORGET_AFTER_MS) return request
    }
  }
}
