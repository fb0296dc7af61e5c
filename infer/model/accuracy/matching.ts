/**
 * Which detections of one class on one picture hit a labelled object: the greedy matching of the COCO evaluation.
 * Source: pycocotools, `cocoeval.py` (`evaluateImg`) and `common/maskApi.c` (`bbIou`), BSD-2-Clause; followed to the letter.
 */
import type { Box } from '../../../shared/detection/message.js'
import type { Found, Judged, Truth } from './judged.js'

/** 0.50, 0.55 … 0.95, with the very roundings of numpy's `linspace`. */
export const iouThresholds: readonly number[] = Array.from({ length: 10 }, (_, i) =>
  i === 9 ? 0.95 : i * ((0.95 - 0.5) / 9) + 0.5,
)

/** Of more detections of a class on one picture, the best count. */
const MAX_DETECTIONS = 100

/** Objects outside of the range are neither to be found nor wrong to find. Both ends belong to it. */
export interface AreaRange {
  leastPx: number
  mostPx: number
}

export interface Matching {
  /** Scores, best first. */
  scores: number[]
  /** By threshold, then detection: whether it hit, and whether it is left out of the count. */
  hit: boolean[][]
  ignored: boolean[][]
  /** Objects that were to be found. */
  wanted: number
}

/** Detections and objects of one class on one picture, with their overlaps: the same for every area range. */
export interface Pairing {
  truths: readonly Truth[]
  found: readonly Found[]
  /** By detection, then object. */
  overlaps: number[][]
}

export function pair({ truths, found }: Judged): Pairing {
  const best = [...found].sort((a, b) => b.score - a.score).slice(0, MAX_DETECTIONS)
  const overlaps = best.map(({ box }) => truths.map(truth => overlap(box, truth)))
  return { truths, found: best, overlaps }
}

export function match({ truths, found, overlaps }: Pairing, range: AreaRange): Matching {
  const outside = (areaPx: number): boolean => areaPx < range.leastPx || areaPx > range.mostPx
  const skipped = truths.map(({ areaPx, crowd }) => crowd || outside(areaPx))
  const wantedFirst = truths.map((_, i) => i).sort((a, b) => Number(skipped[a]) - Number(skipped[b]))
  const hit: boolean[][] = []
  const ignored: boolean[][] = []
  for (const threshold of iouThresholds) {
    const chosen = choose(overlaps, wantedFirst, truths, skipped, threshold)
    hit.push(chosen.map(truth => truth !== null))
    ignored.push(
      chosen.map((truth, i) => (truth === null ? outside(areaOf(found[i]!.box)) : skipped[truth]!)),
    )
  }
  return {
    scores: found.map(({ score }) => score),
    hit,
    ignored,
    wanted: skipped.filter(skip => !skip).length,
  }
}

/**
 * Best detection first, each takes the free object that it overlaps most; of equals the later one. One that is not to be
 * found is taken only where no other can be, and a crowd may be taken again and again.
 * @returns for each detection the index of its object, or null.
 */
function choose(
  overlaps: readonly number[][],
  order: readonly number[],
  truths: readonly Truth[],
  skipped: readonly boolean[],
  threshold: number,
): (number | null)[] {
  const taken = new Set<number>()
  return overlaps.map(row => {
    let best: number | null = null
    let least = Math.min(threshold, 1 - 1e-10)
    for (const truth of order) {
      if (taken.has(truth) && !truths[truth]!.crowd) continue
      if (best !== null && !skipped[best] && skipped[truth]) break
      if (row[truth]! < least) continue
      least = row[truth]!
      best = truth
    }
    if (best !== null) taken.add(best)
    return best
  })
}

/** Intersection over union; of a crowd, over the detection alone. */
function overlap(box: Box, truth: Truth): number {
  const width = Math.min(box[2], truth.box[2]) - Math.max(box[0], truth.box[0])
  const height = Math.min(box[3], truth.box[3]) - Math.max(box[1], truth.box[1])
  if (width <= 0 || height <= 0) return 0
  const shared = width * height
  const union = truth.crowd ? areaOf(box) : areaOf(box) + areaOf(truth.box) - shared
  return shared / union
}

function areaOf([x1, y1, x2, y2]: Box): number {
  return (x2 - x1) * (y2 - y1)
}
