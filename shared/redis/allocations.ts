/** What each process says it holds: written about every 5 s, read by snapshots, REST and metrics. */
import type { Redis } from 'ioredis'
import type { AllocationReport } from '../memory/allocation.js'
import type { Keys } from './keys.js'

export const ALLOCATIONS_PERIOD_MS = 5000
/** A process that has said nothing for this long is gone, and what it held with it. */
const FORGET_AFTER_MS = 4 * ALLOCATIONS_PERIOD_MS

export class Allocations {
  constructor(
    private readonly redis: Redis,
    private readonly keys: Keys,
  ) {}

  async write(report: AllocationReport): Promise<void> {
    await this.redis.hset(this.keys.allocations, fieldOf(report), JSON.stringify(report))
  }

  async remove(process: Pick<AllocationReport, 'stage' | 'instance'>): Promise<void> {
    await this.redis.hdel(this.keys.allocations, fieldOf(process))
  }

  /** Of the processes that live, in the order of stages; dead ones are forgotten. */
  async all(nowMs = Date.now()): Promise<AllocationReport[]> {
    const entries = Object.entries(await this.redis.hgetall(this.keys.allocations)).map(
      ([field, json]) => [field, JSON.parse(json) as AllocationReport] as const,
    )
    const dead = entries.filter(([, { atMs }]) => nowMs - atMs > FORGET_AFTER_MS).map(([field]) => field)
    if (dead.length > 0) await this.redis.hdel(this.keys.allocations, ...dead)
    return entries
      .filter(([field]) => !dead.includes(field))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, report]) => report)
  }
}

function fieldOf({ stage, instance }: Pick<AllocationReport, 'stage' | 'instance'>): string {
  return `${stage}:${instance}`
}
