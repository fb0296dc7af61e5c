/** One compaction after the other, by rule or on request: counted, told, and quiet after each, also after one that failed. */
import { monotonicMs } from '../../shared/clock.js'
import { messageOf } from '../../shared/errors.js'
import type { Log } from '../../shared/log.js'
import type { CompactionReport, MemorySample } from '../../shared/memory/timeline.js'
import type { CompactionTotals } from '../../shared/process/report.js'
import { OneAtATime } from '../host/one-at-a-time.js'
import type { Compactor } from './compaction.js'
import type { CompactionRule } from './compaction-rule.js'

export interface CompactionsParts {
  rule: CompactionRule
  compactor: Pick<Compactor, 'compact'>
  tell(report: CompactionReport): Promise<void>
}

export class Compactions {
  readonly totals: CompactionTotals = { shrunk: 0, rebuilt: 0, nothing: 0, freedBytes: 0, tookMs: 0 }
  readonly #parts: CompactionsParts
  readonly #turns = new OneAtATime()
  #automatic = false

  constructor(
    parts: CompactionsParts,
    private readonly log: Log,
  ) {
    this.#parts = parts
  }

  onSample(sample: MemorySample, nowMs = monotonicMs()): void {
    const why = this.#parts.rule.due(sample, nowMs)
    if (!why || this.#automatic) return
    this.#automatic = true
    this.compact(why, null)
      .catch(error => this.log.warn({ reason: messageOf(error) }, 'memory could not be compacted'))
      .finally(() => {
        this.#automatic = false
      })
  }

  /** @param request which one it answers. */
  compact(why: CompactionReport['why'], model: string | null, request?: string): Promise<void> {
    return this.#turns.do(async () => {
      const { rule, compactor } = this.#parts
      let done = { report: { why, freedBytes: 0 }, reservedBeforeBytes: 0 } // of one that fails: it is tried again, but not at once
      try {
        const compacted = await compactor.compact(why, model)
        done = compacted
        await this.#tell({ ...compacted.report, ...(request !== undefined && { request }) })
      } finally {
        rule.done(done.report, done.reservedBeforeBytes, monotonicMs())
      }
    })
  }

  async #tell(report: CompactionReport): Promise<void> {
    this.totals[report.did]++
    this.totals.freedBytes += report.freedBytes
    this.totals.tookMs += report.tookMs
    if (report.did !== 'nothing' || report.why === 'operator') await this.#parts.tell(report)
  }
}
