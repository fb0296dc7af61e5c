/**
 * Streams of no declared rate. A stream without a frame rate cap takes every frame that its camera sends, and nobody said how
 * many: to refuse it for a rate that is only taken to be so would refuse what may well fit. It is therefore reserved what is
 * free of the resources that go by the frame, up to what it asks for, and what the engine cannot do of it is dropped as stale.
 * Memory, slots and the count of streams do not go by the frame, and bind always. Pure; the ledger's Lua script does the same.
 */
import type { Reservation } from './reservation.js'
import { type Amounts, type Limits, noAmounts, type Resource } from './resources.js'
import { usedOf } from './sum.js'

/** What goes by the frame. */
export const rates: readonly Resource[] = ['computePpm', 'decodePpm', 'pcieBytesPerSecond']

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
