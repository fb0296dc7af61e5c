/**
 * What would make a refused stream fit: at most three changes, the mildest first, each proven by judging it as admission would. Pure.
 *
 *   fps          the highest whole rate that fits
 *   ring_slots   the most slots that fit
 *   model        the dearest other model that fits: what it gives up is least
 *   evict        the fewest streams of lower priority whose pause lets it in, the lowest first
 */
import type { StreamDemand } from './budget.js'
import { holderOf, parked } from './cost.js'
import { evictRemedy } from './evict.js'
import type { DeviceKnowledge } from './knowledge.js'
import { smallerModels } from './model-choice.js'
import type { Remedy, Reservation } from './reservation.js'
import type { Resource } from './resources.js'
import { judge } from './verdict.js'

const MOST_REMEDIES = 3
const LEAST_FPS = 1
/** `slab.ringSlots` has no fewer: one is written while one is read. */
const LEAST_RING_SLOTS = 2

export type Fits = (change: Remedy['change']) => boolean

/** The demand and the ledger as they would be with the remedy applied. */
export function applyRemedy(
  { change }: Pick<Remedy, 'change'>,
  demand: StreamDemand,
  reservations: readonly Reservation[],
): { demand: StreamDemand; reservations: Reservation[] } {
  const { evict = [], ...changed } = change
  const gone = new Set(evict.map(holderOf)) // paused: their rings stay theirs
  return {
    demand: { ...demand, ...changed, ...(changed.fps !== undefined && cappedAt(demand)) },
    reservations: reservations.map(one => (gone.has(one.holder) ? parked(one) : one)),
  }
}

/** A cap is a declared rate, and changes nothing of what the camera sends. */
function cappedAt({ fps, sourceFps }: StreamDemand): Partial<StreamDemand> {
  return { sourceFps: Math.max(fps, sourceFps ?? 0), elastic: false }
}

export function remediesFor(
  demand: StreamDemand,
  reservations: readonly Reservation[],
  knowledge: DeviceKnowledge,
  binding: Resource,
  nowMs?: number,
): Remedy[] {
  const fits: Fits = change => {
    const applied = applyRemedy({ change }, demand, reservations)
    return judge(applied.demand, applied.reservations, knowledge, nowMs).verdict.ok
  }
  const remedies = [
    fpsRemedy(demand, fits),
    slotsRemedy(demand, fits),
    modelRemedy(demand, knowledge, fits),
    evictRemedy({ demand, reservations, device: knowledge.capacity.id, binding, fits, nowMs }),
  ]
  return remedies.filter(remedy => remedy !== null).slice(0, MOST_REMEDIES)
}

function fpsRemedy({ fps, elastic }: StreamDemand, fits: Fits): Remedy | null {
  if (elastic) return null // It is never refused for its rate.
  const lower = mostThatFits(LEAST_FPS, Math.ceil(fps) - 1, rate => fits({ fps: rate }))
  return lower === null ? null : { kind: 'fps', text: `fps ${fps} → ${lower}`, change: { fps: lower } }
}

function slotsRemedy({ ringSlots }: StreamDemand, fits: Fits): Remedy | null {
  const fewer = mostThatFits(LEAST_RING_SLOTS, ringSlots - 1, slots => fits({ ringSlots: slots }))
  if (fewer === null) return null
  return { kind: 'ring_slots', text: `ring slots ${ringSlots} → ${fewer}`, change: { ringSlots: fewer } }
}

function modelRemedy({ model }: StreamDemand, knowledge: DeviceKnowledge, fits: Fits): Remedy | null {
  const other = smallerModels(model, knowledge).find(name => fits({ model: name }))
  return other === undefined
    ? null
    : { kind: 'model', text: `model ${model} → ${other}`, change: { model: other } }
}

/** The largest whole number of the range for which it holds, where all below one that fits do too; null: not even the least. */
export function mostThatFits(least: number, most: number, fits: (value: number) => boolean): number | null {
  if (most < least || !fits(least)) return null
  let [low, high] = [least, most]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (fits(middle)) low = middle
    else high = middle - 1
  }
  return low
}
