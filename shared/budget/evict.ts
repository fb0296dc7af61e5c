/** Which streams would have to be paused first so that a more important one fits. Pure. */
import type { StreamDemand } from './budget.js'
import { holderOf, streamOf } from './cost.js'
import type { Fits } from './remedies.js'
import type { Remedy, Reservation } from './reservation.js'
import type { Resource } from './resources.js'
import { isInForce } from './sum.js'

export interface EvictInput {
  demand: StreamDemand
  reservations: readonly Reservation[]
  device: string
  binding: Resource
  fits: Fits
  nowMs?: number | undefined
}

/** The lowest priorities go first, of one the dearest in what binds; whoever could stay after all does. null: all of them are not enough. */
export function evictRemedy(input: EvictInput): Remedy | null {
  const candidates = candidatesOf(input)
  const fits = (streams: readonly Reservation[]): boolean => input.fits({ evict: streams.map(idOf) })
  const enough = fewestFirst(candidates, fits)
  if (enough === null) return null
  const kept = withoutNeedless(enough, fits)
  const highest = Math.max(...kept.map(({ priority }) => priority))
  const evict = kept.map(idOf)
  return { kind: 'evict', text: `evict priority ≤ ${highest}: ${evict.join(', ')}`, change: { evict } }
}

function candidatesOf({ demand, reservations, device, binding, nowMs }: EvictInput): Reservation[] {
  const takes = ({ own, shared }: Reservation): number => own[binding] + shared[binding]
  return reservations
    .filter(one => one.device === device && isInForce(one, nowMs) && one.holder !== holderOf(demand.id))
    .filter(one => streamOf(one.holder) !== null && one.priority < demand.priority)
    .sort((a, b) => a.priority - b.priority || takes(b) - takes(a))
}

/** The shortest beginning of the list that is enough. */
function fewestFirst(
  candidates: readonly Reservation[],
  fits: (streams: readonly Reservation[]) => boolean,
): Reservation[] | null {
  if (candidates.length === 0 || !fits(candidates)) return null
  let [low, high] = [1, candidates.length]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (fits(candidates.slice(0, middle))) high = middle
    else low = middle + 1
  }
  return candidates.slice(0, low)
}

/** The last of them was needed, or the list would end before it; of the others the most important is spared first. */
function withoutNeedless(
  streams: readonly Reservation[],
  fits: (streams: readonly Reservation[]) => boolean,
): Reservation[] {
  let kept = [...streams]
  for (const stream of streams.slice(0, -1).reverse()) {
    const fewer = kept.filter(other => other !== stream)
    if (fits(fewer)) kept = fewer
  }
  return kept
}

function idOf({ holder }: Reservation): string {
  return streamOf(holder) as string
}
