/** Memory over time in Redis: three streams a device, each coarser, longer and bounded; and the compactions. */
import type { Redis } from 'ioredis'
import { type CompactionReport, type MemorySample, timelineTiers } from '../memory/timeline.js'
import type { Keys } from './keys.js'

const MAX_COMPACTIONS = 500
type Tier = (typeof timelineTiers)[number]

interface Newest {
  id: number
  atMs: number
}

export class MemoryTimeline {
  /** By key: ids go up even where the clock is set back. */
  readonly #newest = new Map<string, Newest>()

  constructor(
    private readonly redis: Redis,
    private readonly keys: Keys,
  ) {}

  /** To each tier that is due. One writer a device. */
  async add(sample: MemorySample): Promise<void> {
    await Promise.all(timelineTiers.map(tier => this.#addTo(tier, sample)))
  }

  /**
   * Oldest first, at most one in `everyMs`; from the coarsest tier that is fine enough among those that reach back to `fromMs`.
   * @param everyMs null: as fine as there is.
   */
  async read(
    device: string,
    fromMs: number,
    toMs: number,
    everyMs: number | null = null,
  ): Promise<MemorySample[]> {
    const tier = tierFor(Date.now() - fromMs, everyMs)
    const key = this.keys.timeline(device, tier.everyMs)
    const entries = await this.redis.xrange(key, String(Math.max(0, Math.floor(fromMs))), '+')
    const samples = entries.map(([, fields]) => JSON.parse(fields[1] as string) as MemorySample)
    const wanted = samples.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs)
    return everyMs === null || everyMs <= tier.everyMs ? wanted : thinned(wanted, everyMs)
  }

  /** null where nothing was sampled in the last ten minutes. */
  async newest(device: string): Promise<MemorySample | null> {
    const [finest] = timelineTiers
    const [entry] = await this.redis.xrevrange(
      this.keys.timeline(device, finest.everyMs),
      '+',
      '-',
      'COUNT',
      1,
    )
    const sample = entry ? (JSON.parse(entry[1][1] as string) as MemorySample) : null
    return sample && Date.now() - sample.atMs <= finest.keepMs ? sample : null
  }

  async addCompaction(report: CompactionReport): Promise<void> {
    await this.redis.xadd(this.keys.compactions, 'MAXLEN', MAX_COMPACTIONS, '*', 'c', JSON.stringify(report))
  }

  /** Newest first. */
  async compactions(limit = MAX_COMPACTIONS): Promise<CompactionReport[]> {
    const entries = await this.redis.xrevrange(this.keys.compactions, '+', '-', 'COUNT', limit)
    return entries.map(([, fields]) => JSON.parse(fields[1] as string) as CompactionReport)
  }

  async #addTo({ everyMs, keepMs }: Tier, sample: MemorySample): Promise<void> {
    const key = this.keys.timeline(sample.device, everyMs)
    const newest = this.#newest.get(key) ?? (await this.#newestIn(key))
    const sinceMs = sample.atMs - newest.atMs
    if (sinceMs >= 0 && sinceMs < everyMs - EARLY_MS) return // less than 0: the clock was set back
    const id = Math.max(sample.atMs, newest.id + 1)
    this.#newest.set(key, { id, atMs: sample.atMs })
    await this.redis.xadd(key, 'MAXLEN', keepMs / everyMs, `${id}-0`, 's', JSON.stringify(sample))
  }

  async #newestIn(key: string): Promise<Newest> {
    const [newest] = await this.redis.xrevrange(key, '+', '-', 'COUNT', 1)
    if (!newest) return { id: 0, atMs: Number.NEGATIVE_INFINITY }
    const [id, [, json]] = newest
    return { id: Number(id.split('-')[0]), atMs: (JSON.parse(json as string) as MemorySample).atMs }
  }
}

/** A timer of one second comes some milliseconds early or late: a sample that is that early is due. */
const EARLY_MS = 500

function tierFor(backMs: number, everyMs: number | null): Tier {
  const [finest] = timelineTiers
  const reaching = timelineTiers.filter(({ keepMs }) => keepMs >= backMs)
  const fineEnough = reaching.filter(tier => tier.everyMs <= (everyMs ?? finest.everyMs))
  return fineEnough.at(-1) ?? reaching[0] ?? timelineTiers[timelineTiers.length - 1] ?? finest
}

/** The last of each `everyMs`: the newest sample is always there. */
function thinned(samples: readonly MemorySample[], everyMs: number): MemorySample[] {
  const bySlot = new Map(samples.map(sample => [Math.floor(sample.atMs / everyMs), sample]))
  return [...bySlot.values()]
}
