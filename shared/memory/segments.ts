/** Figures over time, cut where what ran changed, without the warm-up of each part, and thinned out. Pure. */
import { medianOf, type Point } from './theil-sen.js'

/** A figure while nothing else changed: points of different segments are never compared. */
export interface SeriesPoint extends Point {
  /** Bytes. */
  value: number
  /** Another where another process, count of streams or set of models ran. */
  segment: number
}

/** Segments in order of time, without what each needed to settle. */
export function settledSegments(series: readonly SeriesPoint[], settleMs: number): SeriesPoint[][] {
  const segments: SeriesPoint[][] = []
  for (const point of series) {
    const current = segments.at(-1)
    if (current?.[0]?.segment === point.segment) current.push(point)
    else segments.push([point])
  }
  return segments.map(segment =>
    segment.filter(({ atMs }) => atMs - (segment[0] as SeriesPoint).atMs >= settleMs),
  )
}

/** One point a bin, of medians: single peaks go, and the cost of the pairs is bounded. */
export function binsOf(segment: readonly SeriesPoint[], binMs: number): Point[] {
  const bins = new Map<number, SeriesPoint[]>()
  for (const point of segment) {
    const index = Math.floor((point.atMs - (segment[0] as SeriesPoint).atMs) / binMs)
    const bin = bins.get(index)
    if (bin) bin.push(point)
    else bins.set(index, [point])
  }
  return [...bins.values()].map(bin => ({
    atMs: medianOfPoints(bin, 'atMs'),
    value: medianOfPoints(bin, 'value'),
  }))
}

export function medianOfPoints<Key extends 'atMs' | 'value'>(points: readonly Point[], key: Key): number {
  return medianOf(points.map(point => point[key]).sort((a, b) => a - b))
}

export function spanOf(segment: readonly Point[]): number {
  return (segment.at(-1)?.atMs ?? 0) - (segment[0]?.atMs ?? 0)
}
