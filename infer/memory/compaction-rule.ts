/**
 * When memory is compacted. Pure: times are given.
 *
 * - On schedule, whatever there is to gain.
 * - At fragmentation beyond the setting, once that has lasted, so that no load under way is taken for it, and only where what
 *   lies free is worth a pause. After a compaction there is quiet; after one that gave little, a long one: it would give no more.
 */
import { type CompactionReport, fragmentationOf, type MemorySample } from '../../shared/memory/timeline.js'

const LASTS_MS = 10_000
const QUIET_MS = 60_000
const LONG_QUIET_MS = 600_000
/** Of what was reserved: a compaction that freed less was in vain. */
const WORTHWHILE = 0.05
const LEAST_FREE_BYTES = 16 * 2 ** 20

export interface CompactionSettings {
  /** 1: never. */
  atFragmentation: number
  /** null: never. */
  everyMs: number | null
}

export class CompactionRule {
  readonly #settings: CompactionSettings
  #scheduledMs: number
  #quietUntilMs = Number.NEGATIVE_INFINITY
  /** Since when it has been fragmented; null while it is not. */
  #sinceMs: number | null = null

  constructor(settings: CompactionSettings, nowMs: number) {
    this.#settings = settings
    this.#scheduledMs = nowMs
  }

  /** Call with each sample. @returns why to compact now, or null. */
  due(sample: MemorySample, nowMs: number): CompactionReport['why'] | null {
    const { everyMs } = this.#settings
    this.#sinceMs = this.#isFragmented(sample) ? (this.#sinceMs ?? nowMs) : null
    if (everyMs !== null && nowMs - this.#scheduledMs >= everyMs) return 'schedule'
    const lasts = this.#sinceMs !== null && nowMs - this.#sinceMs >= LASTS_MS
    return lasts && nowMs >= this.#quietUntilMs ? 'fragmentation' : null
  }

  /** Call after each compaction, whoever asked for it. @param reservedBytes before it. */
  done(
    { why, freedBytes }: Pick<CompactionReport, 'why' | 'freedBytes'>,
    reservedBytes: number,
    nowMs: number,
  ): void {
    if (why === 'schedule') this.#scheduledMs = nowMs
    const inVain = freedBytes < reservedBytes * WORTHWHILE
    this.#quietUntilMs = nowMs + (inVain ? LONG_QUIET_MS : QUIET_MS)
    this.#sinceMs = null
  }

  #isFragmented(sample: MemorySample): boolean {
    const fragmentation = fragmentationOf(sample)
    const freeBytes = (sample.reservedBytes ?? 0) - (sample.inUseBytes ?? 0)
    return (
      fragmentation !== null &&
      fragmentation > this.#settings.atFragmentation &&
      freeBytes >= LEAST_FREE_BYTES
    )
  }
}
