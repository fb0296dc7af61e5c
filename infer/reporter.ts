/** Once a second: the report of every stream, and what it lost since the last one. One reporter a device, over the slabs of all its models. */

import { monotonicMs } from '../shared/clock.js'
import type { FrameBalance } from '../shared/frame/balance.js'
import { dropReasons, sumOf } from '../shared/frame/balance.js'
import type { FrameLedger } from '../shared/slab/ledger.js'
import type { DropsEvent, InferReport } from '../shared/stream/stream.js'
import { StreamStats } from './stream-stats.js'

export class StreamReporter {
  readonly #stats = new Map<string, StreamStats>()
  readonly #lastDrops = new Map<string, FrameBalance['drops']>()

  /** @param ledgers of every slab that is mapped now. */
  constructor(private readonly ledgers: () => Iterable<FrameLedger>) {}

  statsOf(stream: string): StreamStats {
    const known = this.#stats.get(stream)
    if (known) return known
    const fresh = new StreamStats()
    this.#stats.set(stream, fresh)
    return fresh
  }

  /** The reports of all streams that have a row, and the drops that are news. Streams without a row are forgotten. */
  collect(): { reports: Map<string, InferReport>; drops: DropsEvent[] } {
    const reports = new Map<string, InferReport>()
    const drops: DropsEvent[] = []
    for (const [stream, balance] of balancesOf(this.ledgers())) {
      const report = this.#report(stream, balance)
      reports.set(stream, report)
      const news = this.#newDrops(stream, report.balance.drops)
      if (news) drops.push(news)
    }
    for (const known of [this.#stats, this.#lastDrops]) {
      for (const stream of known.keys()) if (!reports.has(stream)) known.delete(stream)
    }
    return { reports, drops }
  }

  #report(stream: string, balance: FrameBalance): InferReport {
    const stats = this.statsOf(stream)
    const { fps, lagP50Ms, lagP99Ms } = stats.summary(monotonicMs())
    return {
      balance,
      inferredFps: Math.round(fps * 10) / 10,
      lagP50Ms,
      lagP99Ms,
      detectionsLast: stats.detectionsLast,
      atMs: Date.now(),
    }
  }

  #newDrops(stream: string, now: FrameBalance['drops']): DropsEvent | null {
    const before = this.#lastDrops.get(stream)
    this.#lastDrops.set(stream, now)
    if (!before) return null
    const news = dropReasons.flatMap(reason => {
      const frames = now[reason] - before[reason]
      return frames > 0 ? [[reason, frames] as const] : []
    })
    return news.length === 0
      ? null
      : { type: 'drops', v: 1, stream, at: Date.now(), drops: Object.fromEntries(news) }
  }
}

/** A stream that changed its model has a row in the slabs of both; a row of an earlier registration of the id counts no more. */
function balancesOf(ledgers: Iterable<FrameLedger>): Map<string, FrameBalance> {
  const newest = new Map<string, { incarnation: number; balance: FrameBalance }>()
  for (const ledger of ledgers) {
    const { stream, incarnation } = ledger
    const known = newest.get(stream)
    if (!stream || (known && known.incarnation > incarnation)) continue
    const balance = ledger.balance()
    const same = known?.incarnation === incarnation
    newest.set(stream, { incarnation, balance: same ? sumOf(known.balance, balance) : balance })
  }
  return new Map([...newest].map(([stream, { balance }]) => [stream, balance]))
}
