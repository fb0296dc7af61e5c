/** What reservations amount to. The Lua script of the ledger does the same sums; a property test compares them. */
import type { Reservation } from './reservation.js'
import { type Amounts, noAmounts, resources } from './resources.js'

/** Whether it still counts; without a clock (`nowMs` undefined) none lapses. */
export function isInForce({ expiresAtMs }: Reservation, nowMs?: number): boolean {
  return expiresAtMs === null || nowMs === undefined || expiresAtMs > nowMs
}

/**
 * Everybody's own, and of each model once what is shared: of each resource the most that any of its holders recorded.
 * Reservations of other devices, and those that lapsed, count nothing.
 */
export function usedOf(reservations: Iterable<Reservation>, device: string, nowMs?: number): Amounts {
  const used: Amounts = { ...noAmounts }
  const shared = new Map<string, Amounts>()
  for (const reservation of reservations) {
    if (reservation.device !== device || !isInForce(reservation, nowMs)) continue
    add(used, reservation.own)
    if (reservation.model === null) continue
    const most = shared.get(reservation.model) ?? { ...noAmounts }
    for (const resource of resources) most[resource] = Math.max(most[resource], reservation.shared[resource])
    shared.set(reservation.model, most)
  }
  for (const amounts of shared.values()) add(used, amounts)
  return used
}

function add(sum: Amounts, amounts: Amounts): void {
  for (const resource of resources) sum[resource] += amounts[resource]
}
