/** Whether a device can carry one more stream, or one that changes; and if not, what would make it fit. Pure. */

import { admissionNote } from './admission-note.js'
import type { StreamDemand } from './budget.js'
import { costOf, type StreamCost, streamReservation } from './cost.js'
import { decide } from './decide.js'
import { rates, withinRoom } from './elastic.js'
import type { DeviceKnowledge } from './knowledge.js'
import { limitsOf } from './limits.js'
import { refusalText } from './refusal-text.js'
import { remediesFor } from './remedies.js'
import type { Admission, Decision, Reservation } from './reservation.js'
import { addAmounts } from './resources.js'

/** @param nowMs wall time by which held reservations lapse; undefined: none does. */
export function admit(
  demand: StreamDemand,
  reservations: Iterable<Reservation>,
  knowledge: DeviceKnowledge,
  nowMs?: number,
): Decision {
  const device = knowledge.capacity.id
  const cost = costOf(demand, knowledge)
  const all = [...reservations]
  const limits = limitsOf(knowledge)
  const asked = withinRoom(streamReservation(demand, cost, device, nowMs ?? 0), all, limits, nowMs)
  const verdict = decide(asked, all, limits, nowMs)
  if (verdict.ok) return { admitted: true, admission: admissionOf(demand, cost, asked) }
  const remedies = remediesFor(demand, all, knowledge, nowMs)
  const { ok: _, ...overflow } = verdict
  const facts = { device, ...overflow, basis: cost.basis }
  return { admitted: false, refusal: { ...facts, remedies, text: refusalText(demand, facts, remedies) } }
}

/** @param granted the stream's reservation, as the ledger has it: of a stream of no declared rate it may be less than it asks for. */
export function admissionOf(
  demand: StreamDemand,
  { own, shared, basis }: StreamCost,
  granted: Reservation,
): Admission {
  const short = rates
    .map(resource => ({ resource, asked: own[resource], granted: granted.own[resource] }))
    .filter(each => each.granted < each.asked)
  const note = admissionNote(demand, short)
  return {
    device: granted.device,
    cost: addAmounts(granted.own, shared),
    basis,
    ...(short.length > 0 && { short }),
    ...(note !== null && { note }),
  }
}
