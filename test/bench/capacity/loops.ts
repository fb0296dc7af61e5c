/** The event loops of the stages while a probe runs, as their own reports tell once a second: the worst of them. */
import type { ProcessReport } from '../../../shared/process/report.js'

export interface LoopUse {
  /** Share of time in which it ran something, mean. */
  utilisation: number
  /** Longest that anything waited for it, ms: worst second, p99 and maximum. */
  lagP99Ms: number
  lagMaxMs: number
  /** Share of time in which garbage was collected, mean; longest pause, ms. */
  gcShare: number
  gcMaxMs: number
}

export class LoopWatch {
  readonly #seen = new Map<string, NonNullable<ProcessReport['loop']>[]>()

  add(reports: readonly ProcessReport[]): void {
    for (const { stage, loop } of reports) {
      if (!loop) continue
      const known = this.#seen.get(stage)
      if (known) known.push(loop)
      else this.#seen.set(stage, [loop])
    }
  }

  summary(): Record<string, LoopUse> {
    return Object.fromEntries([...this.#seen].map(([stage, seconds]) => [stage, summaryOf(seconds)]))
  }
}

function summaryOf(seconds: readonly NonNullable<ProcessReport['loop']>[]): LoopUse {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length
  return {
    utilisation: mean(seconds.map(({ utilisation }) => utilisation)),
    lagP99Ms: Math.max(...seconds.map(({ lagP99Ms }) => lagP99Ms)),
    lagMaxMs: Math.max(...seconds.map(({ lagMaxMs }) => lagMaxMs)),
    gcShare: mean(seconds.map(({ gcShare }) => gcShare)),
    gcMaxMs: Math.max(...seconds.map(({ gcMaxMs }) => gcMaxMs)),
  }
}
