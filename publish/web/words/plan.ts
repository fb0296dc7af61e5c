/** What a plan says, in sentences. */
import type { Basis } from '../../../shared/budget/budget.js'
import type { Plan } from '../../../shared/budget/plan.js'
import { plural } from './format.js'
import { resourceWords } from './resource.js'

export const basisWords: Record<Basis, string> = {
  measured: 'measured on this device.',
  estimated: 'estimated from its file, since it never ran on this device.',
}

/** "The limit is compute: after 38 streams the next is refused." */
export function bindingSentence({ binding, mostStreams }: Pick<Plan, 'binding' | 'mostStreams'>): string {
  if (binding === null) return 'Nothing limits them.'
  const limit = `The limit is ${lowerFirst(resourceWords[binding].name)}`
  if (mostStreams === 0) return `${limit}: there is not even room for one.`
  return `${limit}: after ${plural(mostStreams, 'stream')} the next is refused.`
}

/** "With more of it, the next limit is ring slots, after 52 streams." */
export function nextSentence({ next }: Pick<Plan, 'next'>): string {
  if (next === null) return 'With more of it, nothing else limits them.'
  const limit = lowerFirst(resourceWords[next.binding].name)
  return `With more of it, the next limit is ${limit}, after ${plural(next.streams, 'stream')}.`
}

/** "+4 %": more was predicted than came; "−12 %": less. */
export function formatError(error: number): string {
  const percent = Math.round(error * 100)
  return percent === 0 ? '0 %' : `${percent > 0 ? '+' : '−'}${Math.abs(percent)} %`
}

/** PCIe stays as it is. */
function lowerFirst(name: string): string {
  return /^[A-Z][a-z]/.test(name) ? name.charAt(0).toLowerCase() + name.slice(1) : name
}
