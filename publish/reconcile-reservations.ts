/**
 * Makes the ledger what the registered streams cost by what is known now. One that was registered before any device was known is
 * accounted here; so is one whose model was profiled, or whose camera was seen, since. It refuses nobody: what runs is recorded
 * as it is, and whoever owns the role `budget` degrades where that is too much.
 */
import { holderOf, parked, streamOf } from '../shared/budget/cost.js'
import { withinRoom } from '../shared/budget/elastic.js'
import type { DeviceKnowledge } from '../shared/budget/knowledge.js'
import { limitsOf } from '../shared/budget/limits.js'
import type { Reservation } from '../shared/budget/reservation.js'
import { resources } from '../shared/budget/resources.js'
import type { Ledger } from '../shared/redis/ledger.js'
import type { DesiredStream } from '../shared/stream/stream.js'
import { reservationFor } from './api/admission.js'
import { demandOf, type Seen } from './demand.js'

/** A camera's measured rate wavers: what differs by less than this share is the same. */
const SAME = 0.02

export interface LedgerScene {
  knowledge: DeviceKnowledge
  /** Those that are enabled. */
  streams: readonly { desired: DesiredStream; seen: Seen }[]
  paused: readonly DesiredStream[]
  reservations: readonly Reservation[]
}

/** @returns how many entries were written or freed; 0 once all is as it should be. */
export async function reconcileReservations(ledger: Ledger, scene: LedgerScene): Promise<number> {
  const { knowledge, streams, paused, reservations } = scene
  const limits = limitsOf(knowledge)
  const entries = new Map(reservations.map(reservation => [reservation.holder, reservation]))
  let changed = 0
  for (const { desired, seen } of [...streams].sort(byPriority)) {
    const demand = demandOf({ ...desired, ringSlots: desired.ring.slots.length }, seen, knowledge)
    const costs = reservationFor(demand, knowledge)
    const should = withinRoom(costs, entries.values(), limits)
    if (isSame(entries.get(costs.holder), should)) continue
    entries.set(costs.holder, should)
    if ((await ledger.account(desired.id, desired.revision, costs, limits)) === 'accounted') changed++
  }
  for (const desired of paused) {
    const demand = demandOf({ ...desired, ringSlots: desired.ring.slots.length }, null, knowledge)
    const should = parked(reservationFor(demand, knowledge))
    if (isSame(entries.get(should.holder), should)) continue
    if ((await ledger.account(desired.id, desired.revision, should, limits)) === 'accounted') changed++
  }
  const holders = new Set([...streams.map(({ desired }) => desired), ...paused].map(({ id }) => holderOf(id)))
  for (const holder of entries.keys()) {
    const stream = streamOf(holder)
    if (stream === null || holders.has(holder)) continue
    // Registered or resumed since the reading, it is left alone: the script looks again.
    if ((await ledger.account(stream, 0, null, limits)) === 'freed') changed++
  }
  return changed
}

/** The most important first: what is left for streams of no declared rate is theirs. */
function byPriority(a: LedgerScene['streams'][number], b: LedgerScene['streams'][number]): number {
  return b.desired.priority - a.desired.priority || a.desired.createdAtMs - b.desired.createdAtMs
}

function isSame(is: Reservation | undefined, should: Reservation): boolean {
  if (!is) return false
  const facts = ['device', 'model', 'basis', 'priority'] as const
  const isElastic = (one: Reservation): boolean => one.elastic !== undefined
  if (facts.some(key => is[key] !== should[key]) || isElastic(is) !== isElastic(should)) return false
  return resources.every(
    resource =>
      near(is.own[resource], should.own[resource]) && near(is.shared[resource], should.shared[resource]),
  )
}

function near(a: number, b: number): boolean {
  return Math.abs(a - b) <= SAME * Math.max(a, b)
}
