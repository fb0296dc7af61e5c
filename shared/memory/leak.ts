/** Whether a figure of memory grows for good: what start-up, warm-up, added streams and single steps do is told apart. Pure. */
import { binsOf, medianOfPoints, type SeriesPoint, settledSegments, spanOf } from './segments.js'
import { type Point, type Trend, trendOf } from './theil-sen.js'

export interface GrowthRules {
  /** Looked back over, the shortest first: a leak shows soonest in the shortest window that holds it. */
  windowsMs: readonly number[]
  /** Left out at the start of each segment: warm-up. */
  settleMs: number
  /** Shorter segments say nothing. */
  minSegmentMs: number
  /** Of all segments in the window together. */
  minSpanMs: number
  /** Growth over the window, at the least likely slope, that is worth a word: bytes, and share of the level. */
  minGrowthBytes: number
  minGrowthShare: number
  /** Standard deviations, of the test and of the interval. */
  deviations: number
  /** Of what the whole grows at, what each third of the time must: a step, or several in one place, is no growth. */
  thirdShare: number
  /** Of the first third's slope, what the last must keep: what levels off is a warm-up. */
  lastShare: number
}

const minutes = (count: number): number => count * 60_000

/** A leak takes hours and is worth certainty. */
export const leakRules: GrowthRules = {
  windowsMs: [minutes(45), minutes(120), minutes(360)],
  settleMs: minutes(5),
  minSegmentMs: minutes(10),
  minSpanMs: minutes(30),
  minGrowthBytes: 8 * 2 ** 20,
  minGrowthShare: 0.02,
  deviations: 3.29,
  thirdShare: 0.5,
  lastShare: 0.7,
}

/** Memory that ends within half an hour leaves no time for that. */
export const exhaustionRules: GrowthRules = {
  windowsMs: [minutes(10), minutes(30), minutes(120)],
  settleMs: minutes(2),
  minSegmentMs: minutes(4),
  minSpanMs: minutes(8),
  minGrowthBytes: 32 * 2 ** 20,
  minGrowthShare: 0.02,
  deviations: 3.29,
  thirdShare: 0.5,
  lastShare: 0.7,
}

/** What has been certain for a while stays so until hardly anything speaks for it: an alert must not come and go. */
export function lenient(rules: GrowthRules): GrowthRules {
  return {
    ...rules,
    minGrowthBytes: rules.minGrowthBytes / 2,
    minGrowthShare: rules.minGrowthShare / 2,
    deviations: 1.96,
    thirdShare: 0,
    lastShare: 0,
  }
}

export interface Growth extends Trend {
  /** Time that was looked at, segments together. */
  spanMs: number
  /** The figure now: the median of its last points. */
  level: number
}

const BINS = 60
const LATEST_POINTS = 5
/**
 * @param series in order of time.
 * @returns the growth that is certain by the rules, in bytes a millisecond; null where there is none.
 */
export function growthOf(series: readonly SeriesPoint[], nowMs: number, rules: GrowthRules): Growth | null {
  const settled = settledSegments(series, rules.settleMs)
  for (const windowMs of rules.windowsMs) {
    const within = settled
      .map(segment => segment.filter(point => point.atMs >= nowMs - windowMs))
      .filter(segment => spanOf(segment) >= rules.minSegmentMs)
    const growth = judge(within, rules)
    if (growth) return growth
  }
  return null
}

/** Until a figure that grows reaches a limit, at its present slope; Infinity where it does not grow. */
export function msToExhaustion(growth: Growth | null, limitBytes: number): number {
  if (!growth || growth.slope <= 0) return Number.POSITIVE_INFINITY
  return Math.max(0, limitBytes - growth.level) / growth.slope
}

function judge(segments: SeriesPoint[][], rules: GrowthRules): Growth | null {
  const spanMs = segments.reduce((sum, segment) => sum + spanOf(segment), 0)
  if (spanMs < rules.minSpanMs) return null
  const binned = segments.map(segment => binsOf(segment, spanMs / BINS))
  const level = levelOf(segments)
  const worthBytes = Math.max(rules.minGrowthBytes, rules.minGrowthShare * level)
  if (roughGrowth(binned) < worthBytes / 2) return null // most figures stand still: the costly test is not for them
  const trend = trendOf(binned, rules.deviations)
  if (!trend || trend.z < rules.deviations || trend.low * spanMs < worthBytes) return null
  return isSteady(binned, trend.slope, rules) ? { ...trend, spanMs, level } : null
}

/** Each third of the time grows, and the last hardly less than the first. */
function isSteady(binned: readonly Point[][], slope: number, rules: GrowthRules): boolean {
  const { thirdShare, lastShare } = rules
  const points = binned.flatMap((stratum, index) => stratum.map(point => ({ ...point, index })))
  const size = points.length / 3
  const slopes = [0, 1, 2].map(third => {
    const part = points.slice(Math.floor(third * size), Math.floor((third + 1) * size))
    const strata = binned.map((_, index) => part.filter(point => point.index === index))
    return trendOf(strata, 0)?.slope ?? 0
  })
  const [first = 0, , last = 0] = slopes
  return slopes.every(each => each >= thirdShare * slope) && last >= lastShare * first
}

/** Sum over segments of last less first, each the median of a third of its points. */
function roughGrowth(binned: readonly Point[][]): number {
  return binned.reduce((sum, points) => {
    const size = Math.max(1, Math.floor(points.length / 3))
    return sum + medianOfPoints(points.slice(-size), 'value') - medianOfPoints(points.slice(0, size), 'value')
  }, 0)
}

function levelOf(segments: readonly SeriesPoint[][]): number {
  return medianOfPoints(segments.flat().slice(-LATEST_POINTS), 'value')
}
