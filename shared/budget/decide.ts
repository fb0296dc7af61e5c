/**
 * Whether a reservation fits beside the others: the one rule of admission, which the ledger's Lua script repeats word for word.
 *
 *   before = everybody in force, the holder's present reservation included; of others, what was granted elastically is left out
 *   after  = the same, with the holder's present reservation replaced by the new one
 *   a resource refuses where   limit ≠ null  and  after > limit  and  after > before
 *
 * A change that takes no more of a resource than before is never refused by it: on a device whose budget was lowered below
 * what runs, streams may still be made cheaper. The first resource of `resources` that refuses is the binding one.
 */
import { firmly } from './elastic.js'
import type { Reservation } from './reservation.js'
import { type Limits, type Resource, resources } from './resources.js'
import { usedOf } from './sum.js'

/** As `Ledger.reserve` answers. */
export type Verdict = { ok: true } | Overflow

export interface Overflow {
  ok: false
  binding: Resource
  /** What it would take: of its own, and of its model what nobody else has reserved. */
  asked: number
  /** What is left without the holder's present reservation; never below 0. */
  free: number
  limit: number
}

export function decide(
  reservation: Reservation,
  reservations: Iterable<Reservation>,
  limits: Limits,
  nowMs?: number,
): Verdict {
  const { device, holder } = reservation
  const all = [...reservations]
  const others = all.filter(other => other.holder !== holder).map(firmly)
  const present = all.filter(other => other.holder === holder)
  const after = usedOf([...others, reservation], device, nowMs)
  const over = resources.filter(resource => isOver(after[resource], limits[resource]))
  if (over.length === 0) return { ok: true } // As most are: the other sums are for those that are not.
  const before = usedOf([...others, ...present], device, nowMs)
  const binding = over.find(resource => after[resource] > before[resource])
  if (binding === undefined) return { ok: true }
  const without = usedOf(others, device, nowMs)
  return overflowOf(binding, without[binding], after[binding], limits[binding] as number)
}

function isOver(amount: number, limit: number | null): boolean {
  return limit !== null && amount > limit
}

/** @param without the holder. */
function overflowOf(binding: Resource, without: number, after: number, limit: number): Overflow {
  return { ok: false, binding, asked: after - without, free: Math.max(0, limit - without), limit }
}
