/** Which detections the viewer wants to see; applied in the browser, so that a change shows at once, on the frame at hand. */
import type { Detection } from '../../../shared/detection/message.js'

export interface DetectionFilter {
  hiddenClasses: ReadonlySet<string>
  minScore: number
}

export const everything: DetectionFilter = { hiddenClasses: new Set(), minScore: 0 }

export function applyFilter(detections: readonly Detection[], filter: DetectionFilter): Detection[] {
  return detections.filter(each => each.score >= filter.minScore && !filter.hiddenClasses.has(each.class))
}

export function toggleClass(filter: DetectionFilter, name: string): DetectionFilter {
  const hiddenClasses = new Set(filter.hiddenClasses)
  if (!hiddenClasses.delete(name)) hiddenClasses.add(name)
  return { ...filter, hiddenClasses }
}

/** class → objects, most frequent first. */
export function countByClass(detections: readonly Detection[]): [name: string, count: number][] {
  const counts = new Map<string, number>()
  for (const { class: name } of detections) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]))
}
