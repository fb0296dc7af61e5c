/** What would make a refused stream fit: each proven by applying it to the same decision. Pure. */
import type { StreamDemand } from './budget.js'
import { costOf, holderOf, streamReservation } from './cost.js'
import { decide } from './decide.js'
import type { DeviceKnowledge } from './knowledge.js'
import { limitsOf } from './limits.js'
import type { Remedy, Reservation } from './reservation.js'

const LEAST_FPS = 1

/** The demand and the ledger as they would be with the remedy applied. */
export function applyRemedy(
  { change }: Pick<Remedy, 'change'>,
  demand: StreamDemand,
  reservations: readonly Reservation[],
): { demand: StreamDemand; reservations: Reservation[] } {
  const { evict = [], ...changed } = change
  const gone = new Set(evict.map(holderOf))
  return {
    demand: { ...demand, ...changed },
    reservations: reservations.filter(({ holder }) => !gone.has(holder)),
  }
}

/** At most three, the mildest first; none where nothing that the operator could change would do. */
export function remediesFor(
  demand: StreamDemand,
  reservations: readonly Reservation[],
  knowledge: DeviceKnowledge,
  nowMs?: number,
): Remedy[] {
  const limits = limitsOf(knowledge)
  const fits = (remedy: Remedy): boolean => {
    const applied = applyRemedy(remedy, demand, reservations)
    const cost = costOf(applied.demand, knowledge)
    const asked = streamReservation(applied.demand, cost, knowledge.capacity.id, 0)
    return decide(asked, applied.reservations, limits, nowMs).ok
  }
  return [fpsRemedy(demand, fits)].filter(remedy => remedy !== null).slice(0, 3)
}

/** The highest whole rate that fits. */
function fpsRemedy({ fps }: StreamDemand, fits: (remedy: Remedy) => boolean): Remedy | null {
  for (let lower = Math.ceil(fps) - 1; lower >= LEAST_FPS; lower--) {
    const remedy: Remedy = { kind: 'fps', text: `fps ${fps} → ${lower}`, change: { fps: lower } }
    if (fits(remedy)) return remedy
  }
  return null
}
