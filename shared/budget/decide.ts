/**
 * Whether a reservation fits beside the others: the one rule of admission, which the ledger's Lua script repeats word for word.
 *
 *   before = everybody in force, the holder's present reservation included
 *   after  = the same, with the holder's present reservation replaced by the new one
 *   a resource refuses where   limit ≠ null  and  after > limit  and  after > before
 *
 * A change that takes no more of a resource than before is never refused by it: on a device whose budget was lowered below
 * what runs, streams may still be made cheaper. The first resource of `resources` that refuses is the binding one.
 */
import type { Reservation } from './reservation.js'
import { type Amounts, type Limits, type Resource, resources } from './resources.js'
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
  const others = all.filter(other => other.holder !== holder)
  const before = usedOf(all, device, nowMs)
  const without = usedOf(others, device, nowMs)
  const after = usedOf([...others, reservation], device, nowMs)
  return verdictOf(before, without, after, limits)
}

/** @param without the holder. */
function verdictOf(before: Amounts, without: Amounts, after: Amounts, limits: Limits): Verdict {
  for (const resource of resources) {
    const limit = limits[resource]
    if (limit === null || after[resource] <= limit || after[resource] <= before[resource]) continue
    return {
      ok: false,
      binding: resource,
      asked: after[resource] - without[resource],
      free: Math.max(0, limit - without[resource]),
      limit,
    }
  }
  return { ok: true }
}
