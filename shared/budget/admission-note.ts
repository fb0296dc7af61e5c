/** What an operator should know of a stream that was admitted: figures nobody declared, and what it does not get. Pure. */
import type { StreamDemand } from './budget.js'
import { amountText, resourceName } from './refusal-text.js'
import type { Admission } from './reservation.js'

/** null: nothing, it gets what it declared. */
export function admissionNote(
  { fps, elastic, assumed }: StreamDemand,
  short: NonNullable<Admission['short']>,
): string | null {
  if (!elastic) return null
  const rate = assumed.includes('fps')
    ? `No frame rate is declared; ${fps} fps is assumed until its camera is seen.`
    : `No frame rate is declared; its camera sends ${fps} fps.`
  const [worst] = short
  if (!worst) return assumed.includes('fps') ? rate : null
  const { resource, asked, granted } = worst
  const of = (amount: number): string => amountText(resource, amount)
  return `${rate} Of ${resourceName(resource)} it would take ${of(asked)} and gets the ${of(granted)} that is free: the frames beyond are dropped as stale. An fps cap makes its rate one that is promised.`
}
