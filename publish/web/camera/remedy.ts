/** Applying a remedy: what it pauses is paused first, and what it changes goes into the request that was refused. */
import type { Remedy } from '../../../shared/budget/reservation.js'
import { ringside } from '../api/ringside.js'

export type WishChange = Pick<Remedy['change'], 'fps' | 'model' | 'ringSlots'>

/** @returns what to change in the request. @throws ProblemError */
export async function prepareRemedy({ change }: Remedy): Promise<WishChange> {
  const { evict = [], ...wishes } = change
  await Promise.all(evict.map(id => ringside.change(id, { enabled: false })))
  return wishes
}
