/**
 * Average precision of one class: the interpolated precision at 101 recalls, by IoU threshold.
 * Source: pycocotools, `cocoeval.py` (`accumulate`), BSD-2-Clause; followed to the letter.
 */
import { iouThresholds, type Matching } from './matching.js'

const RECALLS = 101
/** numpy's `spacing(1)`: keeps 0/0 from being. */
const TINY = 2 ** -52

/**
 * @param matchings of every picture, in a fixed order: it decides between equal scores.
 * @returns for each IoU threshold the mean of the precisions, or null where there was nothing to find.
 */
export function averagePrecisions(matchings: readonly Matching[]): number[] | null {
  const wanted = matchings.reduce((sum, matching) => sum + matching.wanted, 0)
  if (wanted === 0) return null
  const all = matchings.flatMap(({ scores }, picture) => scores.map((score, i) => ({ picture, i, score })))
  all.sort((a, b) => b.score - a.score)
  return iouThresholds.map((_, t) => {
    const counted = all.filter(({ picture, i }) => !matchings[picture]!.ignored[t]![i])
    return meanPrecision(
      counted.map(({ picture, i }) => matchings[picture]!.hit[t]![i]!),
      wanted,
    )
  })
}

/** @param hits whether each detection, best first, was right. */
function meanPrecision(hits: readonly boolean[], wanted: number): number {
  const recalls: number[] = []
  const precisions: number[] = []
  let right = 0
  hits.forEach((hit, i) => {
    if (hit) right++
    recalls.push(right / wanted)
    precisions.push(right / (i + 1 + TINY))
  })
  // From the right: the best precision that is had at this recall or a greater one.
  for (let i = precisions.length - 2; i >= 0; i--)
    precisions[i] = Math.max(precisions[i]!, precisions[i + 1]!)
  let sum = 0
  let at = 0
  for (let i = 0; i < RECALLS; i++) {
    while (at < recalls.length && recalls[at]! < recallAt(i)) at++
    sum += precisions[at] ?? 0
  }
  return sum / RECALLS
}

function recallAt(i: number): number {
  return i === RECALLS - 1 ? 1 : i * 0.01
}
