/**
 * Streams of no declared rate. A stream without a frame rate cap takes every frame that its camera sends, and nobody said how
 * many: to refuse it for a rate that is only taken to be so would refuse what may well fit. It is therefore reserved what is
 * free of the resources that go by the frame, up to what it asks for, and what the engine cannot do of it is dropped as stale.
 * Memory, slots and the count of streams do not go by the frame, and bind always. Whoever declares a rate comes first: what was
 * granted to streams without one is no reason to refuse it, and they are granted less then. Pure; the ledger's Lua script does the same.
 */
import type { Reservation } from './reservation.js'
import { type Amounts, type Limits, noAmounts, type Resource } from './resources.js'
import { isInForce, usedOf } from './sum.js'

/** What goes by the frame. */
export const rates: readonly Resource[] = ['computePpm', 'decodePpm', 'pcieBytesPerSecond']

/** What of a reservation stands in the way of others. */
export function firmly(reservation: Reservation): Reservation {
  const { elastic = [], own } = reservation
  if (elastic.length === 0) return reservation
  const nothing = Object.fromEntries(elastic.map(resource => [resource, 0])) as Partial<Amounts>
  return { ...reservation, own: { ...own, ...nothing } }
}

/** @returns the reservation with what it gets of its elastic resources beside the others; it itself where it gets all. */
export function withinRoom(
  reservation: Reservation,
  reservations: Iterable<Reservation>,
  limits: Limits,
  nowMs?: number,
): Reservation {
  const { holder, device, elastic = [] } = reservation
  if (elastic.length === 0) return reservation
  const others = [...reservations].filter(other => other.holder !== holder)
  const beside = usedOf([...others, { ...reservation, own: noAmounts }], device, nowMs)
  const own: Amounts = { ...reservation.own }
  for (const resource of elastic) {
    const limit = limits[resource]
    if (limit !== null) own[resource] = Math.min(own[resource], Math.max(0, limit - beside[resource]))
  }
  return { ...reservation, own }
}

/**
 * What streams of no declared rate have left once another reservation is recorded beside them: the lowest priority gives first.
 * @param recorded that reservation, as it is recorded. @returns those of the others that have less than before.
 */
export function yielding(
  recorded: Reservation,
  reservations: Iterable<Reservation>,
  limits: Limits,
  nowMs?: number,
): Reservation[] {
  const { device, holder } = recorded
  const others = [...reservations].filter(other => other.holder !== holder)
  const used = usedOf([...others, recorded], device, nowMs)
  const changed = new Map<string, Reservation>()
  const elastic = others.filter(other => other.device === device && other.elastic && isInForce(other, nowMs))
  for (const one of elastic.sort(leastFirst)) {
    for (const resource of one.elastic ?? []) {
      const excess = used[resource] - (limits[resource] ?? Number.POSITIVE_INFINITY)
      const gives = Math.min(one.own[resource], excess)
      if (gives <= 0) continue
      used[resource] -= gives
      const { own } = changed.get(one.holder) ?? one
      changed.set(one.holder, { ...one, own: { ...own, [resource]: own[resource] - gives } })
    }
  }
  return [...changed.values()]
}

function leastFirst(a: Reservation, b: Reservation): number {
  return a.priority - b.priority || (a.holder < b.holder ? -1 : 1)
}
