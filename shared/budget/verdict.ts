/** What admission, its remedies and plan all ask: whether a demand fits beside what is reserved. Pure. */
import type { StreamDemand } from './budget.js'
import { costOf, type StreamCost, streamReservation } from './cost.js'
import { decide, type Verdict } from './decide.js'
import { withinRoom } from './elastic.js'
import type { DeviceKnowledge } from './knowledge.js'
import { limitsOf } from './limits.js'
import type { Reservation } from './reservation.js'

export interface Judged {
  cost: StreamCost
  /** As the ledger would have it: a stream of no declared rate may get less than it asks for. */
  reservation: Reservation
  verdict: Verdict
}

/** @param nowMs wall time by which held reservations lapse; undefined: none does. */
export function judge(
  demand: StreamDemand,
  reservations: readonly Reservation[],
  knowledge: DeviceKnowledge,
  nowMs?: number,
): Judged {
  const cost = costOf(demand, knowledge)
  const limits = limitsOf(knowledge)
  const asked = streamReservation(demand, cost, knowledge.capacity.id, nowMs ?? 0)
  const reservation = withinRoom(asked, reservations, limits, nowMs)
  return { cost, reservation, verdict: decide(reservation, reservations, limits, nowMs) }
}
