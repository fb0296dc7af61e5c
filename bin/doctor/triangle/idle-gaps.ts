/** Second side: the gaps over 5 ms in which the engine idled between batches, and what it waited for. Pure. */
import { type GapReason, type GapReport, gapReasons } from '../../../shared/process/report.js'
import { percent } from './percent.js'
import { beyond, type Side, within } from './side.js'

/** Of the time: so much idling though there were frames is the price of batching. */
const TOLERABLE_SHARE = 0.1

const waitedFor: Record<GapReason, string> = {
  no_frames: 'for frames',
  redis: 'for Redis and the event loop',
  postprocess: 'for the processor to interpret results',
  window: 'for a batch to fill',
  turn: 'for the turns of other models',
  upload: 'for pixels to reach the engine',
}

/** What to change where a reason leads; a lack of frames is room, and nothing to change. */
const changes: Record<Exclude<GapReason, 'no_frames'>, string> = {
  redis:
    'Give Redis and infer a core each: something else keeps them waiting. `redis-cli --latency` and the lag of infer’s main thread (Figures) tell which.',
  postprocess:
    'Give infer a faster core, or a model of fewer classes and candidates: its one thread interprets all results.',
  window: 'Lower the batch window: `ringside gpu budget DEVICE --batch-window-ms 0` takes what is there.',
  turn: 'Let streams share one model: several on one device take turns.',
  upload: 'Lower what is uploaded: frame rate caps, or a model of a smaller input.',
}

/** Idle time of one device over the time between two reports. */
export interface GapFigures {
  overMs: number
  /** Share of that time in which the engine ran. */
  busy: number
  /** What was added since the earlier report. */
  gaps: GapReport
}

export function judgeGaps({ overMs, busy, gaps }: GapFigures): Side {
  const found = describe(overMs, busy, gaps)
  const [reason, ms] = leading(gaps)
  const lost = gapReasons.reduce((sum, each) => sum + (each === 'no_frames' ? 0 : gaps[each].ms), 0) / overMs
  // What is lost beside a lack of frames delays them; it takes no throughput, and all of it at once would be needed to.
  if (ms === 0 || lost <= TOLERABLE_SHARE) return within('idle gaps', found)
  return beyond('idle gaps', found, lost, TOLERABLE_SHARE, changes[reason])
}

/** After less before; null where the process was another one. */
export function gapsBetween(before: GapReport, after: GapReport): GapReport | null {
  const difference = gapReasons.map(reason => {
    const gaps = after[reason].gaps - before[reason].gaps
    return [reason, { gaps, ms: after[reason].ms - before[reason].ms }] as const
  })
  return difference.some(([, { gaps, ms }]) => gaps < 0 || ms < 0)
    ? null
    : (Object.fromEntries(difference) as GapReport)
}

function leading(gaps: GapReport): [reason: Exclude<GapReason, 'no_frames'>, ms: number] {
  const reasons = Object.keys(changes) as (keyof typeof changes)[]
  const reason = reasons.reduce((most, each) => (gaps[each].ms > gaps[most].ms ? each : most))
  return [reason, gaps[reason].ms]
}

function describe(overMs: number, busy: number, gaps: GapReport): string {
  const count = gapReasons.reduce((sum, reason) => sum + gaps[reason].gaps, 0)
  const seconds = (overMs / 1000).toFixed(1)
  const busyWords = `the engine was busy ${percent(busy)} of ${seconds} s`
  const told = gapReasons
    .filter(reason => gaps[reason].ms / overMs >= 0.001)
    .sort((a, b) => gaps[b].ms - gaps[a].ms)
    .map(reason => `${percent(gaps[reason].ms / overMs)} ${waitedFor[reason]}`)
  if (told.length === 0) return `${busyWords}; no gap over 5 ms between batches`
  return `${busyWords}; ${count} gaps over 5 ms: it waited ${told.join(', ')}`
}
