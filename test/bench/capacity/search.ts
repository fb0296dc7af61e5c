/**
 * The search for the largest number of streams that passes. Pure: given what was probed and whether time is short, it says
 * what to probe next. Doubling, then bisection, both with short probes; then one of full length, and where that fails, fewer.
 */

export interface Probe {
  streams: number
  full: boolean
  passed: boolean
}

export interface SearchSettings {
  /** First number to be probed. */
  start: number
  max: number
  /** Bisection ends where the bounds are this close, as a share of the upper one. */
  precision: number
}

export type Step = { kind: 'probe'; streams: number; full: boolean } | { kind: 'end'; best: number | null }

const GROWTH = 2
/** After a full probe that failed, this share of it is tried next. */
const STEP_DOWN = 0.95

/** @param isLate the time for short probes is over: what passed so far is confirmed. */
export function nextStep(
  probes: readonly Probe[],
  { start, max, precision }: SearchSettings,
  isLate: boolean,
): Step {
  const last = probes.at(-1)
  if (!last) return short(Math.min(start, max))
  if (last.full) return last.passed ? { kind: 'end', best: last.streams } : lower(last.streams)
  const { passed, failed } = boundsOf(probes, max)
  const isClose = failed - passed <= Math.max(1, Math.floor(failed * precision))
  if (passed > 0 && (isLate || isClose)) return { kind: 'probe', streams: passed, full: true }
  if (failed > max) return short(Math.min(max, passed * GROWTH))
  const middle = passed + Math.floor((failed - passed) / 2)
  return middle > 0 ? short(middle) : { kind: 'end', best: null }
}

/** The most that passed and the fewest that failed; max + 1 where none has. */
function boundsOf(probes: readonly Probe[], max: number): { passed: number; failed: number } {
  const failed = Math.min(max + 1, ...probes.filter(({ passed }) => !passed).map(({ streams }) => streams))
  const passing = probes.filter(({ passed, streams }) => passed && streams < failed)
  return { passed: Math.max(0, ...passing.map(({ streams }) => streams)), failed }
}

function short(streams: number): Step {
  return { kind: 'probe', streams, full: false }
}

function lower(failed: number): Step {
  const streams = Math.min(failed - 1, Math.floor(failed * STEP_DOWN))
  return streams > 0 ? { kind: 'probe', streams, full: true } : { kind: 'end', best: null }
}
