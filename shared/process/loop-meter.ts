/** The event loop of this process, measured by Node itself: how busy it is, how long things wait for it, what garbage collection takes. */
import { monitorEventLoopDelay, PerformanceObserver, performance } from 'node:perf_hooks'
import type { LoopReport } from './report.js'

/** Steps of the timer whose lateness is measured: waits shorter than this do not show. */
const RESOLUTION_MS = 5
const NS_PER_MS = 1e6

export interface LoopMeter {
  /** What happened since it was asked last. */
  take(): LoopReport
  close(): void
}

export function startLoopMeter(): LoopMeter {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  const gc = { totalMs: 0, maxMs: 0 }
  const observer = new PerformanceObserver(list => {
    for (const { duration } of list.getEntries()) {
      gc.totalMs += duration
      gc.maxMs = Math.max(gc.maxMs, duration)
    }
  })
  delay.enable()
  observer.observe({ entryTypes: ['gc'] })
  let before = performance.eventLoopUtilization()
  let takenAtMs = performance.now()
  return {
    take(): LoopReport {
      const now = performance.eventLoopUtilization()
      const nowMs = performance.now()
      // Node measures from tick to tick of its timer, which is one step where nothing is late.
      const late = (ns: number): number => round(Math.max(0, ns / NS_PER_MS - RESOLUTION_MS))
      const report = {
        utilisation: round(performance.eventLoopUtilization(now, before).utilization),
        lagP99Ms: delay.count > 0 ? late(delay.percentile(99)) : 0,
        lagMaxMs: delay.count > 0 ? late(delay.max) : 0,
        gcShare: round(gc.totalMs / Math.max(1, nowMs - takenAtMs)),
        gcMaxMs: round(gc.maxMs),
      }
      before = now
      takenAtMs = nowMs
      delay.reset()
      Object.assign(gc, { totalMs: 0, maxMs: 0 })
      return report
    },
    close(): void {
      delay.disable()
      observer.disconnect()
    },
  }
}

function round(value: number): number {
  return Math.round(value * 1e4) / 1e4
}
