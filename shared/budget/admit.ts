/** Whether a device can carry one more stream, or one that changes; and if not, what would make it fit. Pure. */
import { admissionNote } from './admission-note.js'
import type { StreamDemand } from './budget.js'
import type { StreamCost } from './cost.js'
import { rates } from './elastic.js'
import type { DeviceKnowledge } from './knowledge.js'
import { refusalText } from './refusal-text.js'
import { remediesFor } from './remedies.js'
import type { Admission, Decision, Reservation } from './reservation.js'
import { addAmounts } from './resources.js'
import { judge } from './verdict.js'

/** @param nowMs wall time by which held reservations lapse; undefined: none does. */
export function admit(
  demand: StreamDemand,
  reservations: Iterable<Reservation>,
  knowledge: DeviceKnowledge,
  nowMs?: number,
): Decision {
  const all = [...reservations]
  const { cost, reservation, verdict } = judge(demand, all, knowledge, nowMs)
  if (verdict.ok) return { admitted: true, admission: admissionOf(demand, cost, reservation) }
  const remedies = remediesFor(demand, all, knowledge, verdict.binding, nowMs)
  const { ok: _, ...overflow } = verdict
  const facts = { device: knowledge.capacity.id, ...overflow, basis: cost.basis }
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
