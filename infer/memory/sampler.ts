/** Once a second a sample of this device's memory to the timeline; every five what the process holds, by owner. What cannot be written is not made up for. */

import { sleep } from '../../shared/clock.js'
import { messageOf } from '../../shared/errors.js'
import type { Log } from '../../shared/log.js'
import type { AllocationReport } from '../../shared/memory/allocation.js'
import { fragmentationOf, type MemorySample } from '../../shared/memory/timeline.js'
import type { Allocations } from '../../shared/redis/allocations.js'
import { ALLOCATIONS_PERIOD_MS } from '../../shared/redis/allocations.js'
import type { MemoryTimeline } from '../../shared/redis/memory-timeline.js'
import type { MemoryView } from './view.js'

const PERIOD_MS = 1000
/** A Redis that is away must not hold up the end of a process. */
const FAREWELL_MS = 500

export interface SamplerParts {
  view: MemoryView
  timeline: Pick<MemoryTimeline, 'add'>
  allocations: Pick<Allocations, 'write' | 'remove'>
  /** Whether Redis takes anything now. */
  isUp(): boolean
  /** Told of each sample, with its fragmentation. */
  onSample(sample: MemorySample, fragmentation: number | null): void
}

export interface MemorySampler {
  /** The newest sample; null before the first. */
  readonly newest: MemorySample | null
  close(): Promise<void>
}

export function startMemorySampler(parts: SamplerParts, log: Log): MemorySampler {
  const { view, timeline, allocations } = parts
  let newest: MemorySample | null = null
  let lastReport: AllocationReport | null = null
  let reportedAtMs = Number.NEGATIVE_INFINITY
  let underWay: Promise<void> | null = null

  async function look(): Promise<void> {
    if (performance.now() - reportedAtMs >= ALLOCATIONS_PERIOD_MS - PERIOD_MS / 2) {
      reportedAtMs = performance.now()
      lastReport = await view.allocations() // refreshes what a sample cannot afford to read
      if (parts.isUp()) await allocations.write(lastReport)
    }
    newest = view.sample()
    parts.onSample(newest, fragmentationOf(newest))
    if (parts.isUp()) await timeline.add(newest)
  }

  const tick = (): void => {
    underWay ??= look()
      .catch(error => log.warn({ reason: messageOf(error) }, 'memory could not be sampled'))
      .finally(() => {
        underWay = null
      })
  }
  const timer = setInterval(tick, PERIOD_MS)
  tick()
  return {
    get newest() {
      return newest
    },
    async close(): Promise<void> {
      clearInterval(timer)
      await Promise.race([underWay, sleep(FAREWELL_MS)])
      if (lastReport && parts.isUp()) await Promise.race([allocations.remove(lastReport), sleep(FAREWELL_MS)])
    },
  }
}
