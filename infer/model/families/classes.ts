/** How many classes a head has: from its shape, from names, from the selection in the graph; they must agree. */
import type { ModelEvidence } from '../onnx/evidence.js'

/**
 * @param shown what the shape shows; null where it is open or does not tell.
 * @returns what is wrong, in words, where it is no number.
 */
export function classCountOf(evidence: ModelEvidence, shown: number | null): number | string {
  const named = evidence.classNames?.length ?? null
  const count = shown ?? evidence.selection.classCount ?? named
  if (count === null) return 'the number of classes is not declared: name them as `classes` in its model.yml'
  if (count < 1) return 'its shape leaves no room for a class'
  if (named !== null && named !== count) return `it holds ${count} classes, but ${named} are named`
  return count
}
