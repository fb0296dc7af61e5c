/** How much of what one detector finds another finds again. */
import { plainIou } from './plain-detector.js'

interface Found {
  box: readonly number[]
  score: number
  classId: number
}

export interface Recall {
  wanted: number
  found: number
}

export const ratioOf = ({ wanted, found }: Recall): number => found / wanted

export const sumOf = (parts: readonly Recall[]): Recall => ({
  wanted: parts.reduce((sum, part) => sum + part.wanted, 0),
  found: parts.reduce((sum, part) => sum + part.found, 0),
})

/** Found again: of the same class, with an IoU of 0.7 or more, each counted once. */
export function recallOf(wanted: readonly Found[], candidates: readonly Found[]): Recall {
  const free = new Set(candidates)
  let found = 0
  for (const { box, classId } of wanted) {
    const same = [...free].filter(other => other.classId === classId && plainIou(other.box, box) >= 0.7)
    const best = same.sort((a, b) => plainIou(b.box, box) - plainIou(a.box, box))[0]
    if (!best) continue
    free.delete(best)
    found++
  }
  return { wanted: wanted.length, found }
}
