/** Where a model's engine idled between two batches for longer than 5 ms, and what it waited for. The division is pure; one meter a pipeline. */
import { type GapReason, type GapReport, gapReasons } from '../shared/process/report.js'

/** Shorter ones are the way from one batch to the next. */
const LEAST_GAP_MS = 5

/** From … to, `monotonicMs()`. */
export interface Span {
  fromMs: number
  toMs: number
}

/** When the batch that ended a gap came to each step on its way to the engine, `monotonicMs()`; of its frame that was accepted first. */
export interface BatchMoments {
  /** The frame lay in the slab. */
  committedMs: number
  /** Its ref had come through Redis, and this process looked at it. */
  acceptedMs: number
  /** The batch closed: a turn was asked for. */
  askedMs: number
  grantedMs: number
}

type Parts = Record<GapReason, number>

/**
 * Divides a gap among what was waited for, in the order of a frame's way; the parts sum to the gap.
 *
 *   no_frames ── committed ── redis ── accepted ── window ── asked ── turn ── granted ── upload ── run begins
 *
 * Where this thread interpreted the results of the batch before meanwhile, it could not have accepted, closed or begun: that is `postprocess`.
 */
export function divideGap(gap: Span, moments: BatchMoments, interpreting: Span): Parts {
  const { committedMs, acceptedMs, askedMs, grantedMs } = moments
  const steps: readonly [GapReason, number][] = [
    ['no_frames', committedMs],
    ['redis', acceptedMs],
    ['window', askedMs],
    ['turn', grantedMs],
    ['upload', gap.toMs],
  ]
  const parts = none()
  let fromMs = gap.fromMs
  for (const [reason, untilMs] of steps) {
    const toMs = Math.min(gap.toMs, Math.max(fromMs, untilMs))
    const onThisThread = reason === 'redis' || reason === 'window' || reason === 'turn'
    const busyMs = onThisThread ? overlapMs({ fromMs, toMs }, interpreting) : 0
    parts[reason] += toMs - fromMs - busyMs
    parts.postprocess += busyMs
    fromMs = toMs
  }
  return parts
}

export class GapMeter {
  readonly #totals = noGaps()
  /** When the newest batch ended; null before the first. */
  #endedMs: number | null = null
  #interpreting: Span = { fromMs: 0, toMs: 0 }

  /** Since start: of each reason the gaps that were its above all, and its milliseconds in all gaps. */
  get totals(): GapReport {
    return this.#totals
  }

  /** Call for each batch that ended well, in the order in which they began. @param run when the engine ran it. */
  ended(moments: BatchMoments, run: Span): void {
    const before = this.#endedMs
    this.#endedMs = run.toMs
    if (before === null || run.fromMs - before <= LEAST_GAP_MS) return
    const parts = divideGap({ fromMs: before, toMs: run.fromMs }, moments, this.#interpreting)
    for (const reason of gapReasons) this.#totals[reason].ms += parts[reason]
    this.#totals[largestOf(parts)].gaps++
  }

  /** Results were interpreted, on the thread that also accepts frames and begins batches. */
  interpreted(span: Span): void {
    this.#interpreting = span
  }
}

export function noGaps(): GapReport {
  return Object.fromEntries(gapReasons.map(reason => [reason, { gaps: 0, ms: 0 }])) as GapReport
}

export function addGaps(a: GapReport, b: GapReport): GapReport {
  const sum = (reason: GapReason) => ({
    gaps: a[reason].gaps + b[reason].gaps,
    ms: a[reason].ms + b[reason].ms,
  })
  return Object.fromEntries(gapReasons.map(reason => [reason, sum(reason)])) as GapReport
}

function none(): Parts {
  return Object.fromEntries(gapReasons.map(reason => [reason, 0])) as Parts
}

function largestOf(parts: Parts): GapReason {
  return gapReasons.reduce((most, reason) => (parts[reason] > parts[most] ? reason : most))
}

function overlapMs(a: Span, b: Span): number {
  return Math.max(0, Math.min(a.toMs, b.toMs) - Math.max(a.fromMs, b.fromMs))
}
