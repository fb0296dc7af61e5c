/** What infer does each second beside inference: frees slots that nobody will, reports streams and their losses, announces its slabs. */
import { messageOf } from '../shared/errors.js'
import type { StageContext } from '../shared/process/stage.js'
import { addEvent } from '../shared/redis/publish-streams.js'
import type { SlabInfo } from '../shared/slab/info.js'
import type { SlabReader } from '../shared/slab/lease.js'
import type { StreamReporter } from './reporter.js'

const PERIOD_MS = 1000
/** Redis that is away or slow is asked again next second; requests are never piled up. */
export interface HousekeepingParts {
  /** The slabs of the models that are served now. */
  slabs(): readonly { reader: SlabReader; slabInfo: SlabInfo }[]
  reporter: StreamReporter
  /** READY frames older than this have lost their ref. */
  maxReadyAgeMs: number
}

export function startHousekeeping(context: StageContext, parts: HousekeepingParts): { close(): void } {
  const { connection, reports, log } = context
  const { redis, keys } = connection
  let underWay = false

  async function report(): Promise<void> {
    const { reports: ofStreams, drops } = parts.reporter.collect()
    await Promise.all([
      ...parts.slabs().map(({ slabInfo }) => reports.announceSlab(slabInfo)),
      ...[...ofStreams].map(([stream, one]) => reports.writeInfer(stream, one)),
      ...drops.map(event => addEvent(redis, keys, event)),
    ])
  }

  const timer = setInterval(() => {
    const freed = parts.slabs().reduce((sum, { reader }) => sum + reader.reclaim(parts.maxReadyAgeMs), 0)
    if (freed > 0) log.warn({ slots: freed }, 'slots were reclaimed')
    if (underWay || redis.status !== 'ready') return
    underWay = true
    report()
      .catch(error => log.warn({ reason: messageOf(error) }, 'streams could not be reported'))
      .finally(() => {
        underWay = false
      })
  }, PERIOD_MS)
  return { close: () => clearInterval(timer) }
}
