/** Whether a device can carry one more stream, or one that changes; and if not, what would make it fit. Pure. */
import type { StreamDemand } from './budget.js'
import { costOf, streamReservation } from './cost.js'
import { decide } from './decide.js'
import type { DeviceKnowledge } from './knowledge.js'
import { limitsOf } from './limits.js'
import { refusalText } from './refusal-text.js'
import { remediesFor } from './remedies.js'
import type { Decision, Reservation } from './reservation.js'
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
  const verdict = decide(streamReservation(demand, cost, device, nowMs ?? 0), all, limitsOf(knowledge), nowMs)
  const { basis } = cost
  if (verdict.ok)
    return { admitted: true, admission: { device, cost: addAmounts(cost.own, cost.shared), basis } }
  const remedies = remediesFor(demand, all, knowledge, nowMs)
  const { binding, asked, free, limit } = verdict
  const facts = { device, binding, asked, free, limit, basis }
  return { admitted: false, refusal: { ...facts, remedies, text: refusalText(demand, facts, remedies) } }
}
