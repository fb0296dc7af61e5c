/** How many streams of a kind a device carries, and what limits them: the arithmetic of admission, solved for the number. Pure. */
import type { Basis, StreamDemand } from './budget.js'
import { costOf } from './cost.js'
import { firmly } from './elastic.js'
import type { DeviceKnowledge } from './knowledge.js'
import { limitsOf } from './limits.js'
import { planNotes } from './plan-notes.js'
import type { PredictionError } from './prediction-error.js'
import type { Reservation } from './reservation.js'
import { type Amounts, type Resource, resources } from './resources.js'
import { usedOf } from './sum.js'
import { type WorkingPoint, workingPointOf } from './working-point.js'

export interface PlanRequest {
  /** How many are asked for; null asks only how many fit. */
  streams: number | null
  /** What each of them asks for; `elastic` is as good as absent: a plan is for a declared rate. */
  demand: Omit<StreamDemand, 'id'>
}

export interface Plan {
  device: string
  /** For people. */
  deviceName: string
  model: string
  basis: Basis
  /** Those asked for; where none were, those that fit. */
  streams: number
  fits: boolean
  /** The most that fit. */
  mostStreams: number
  /** What refuses one more; null: nothing that is known. */
  binding: Resource | null
  /** What refuses when that is lifted, and whatever binds with it, and after how many streams: more than before. */
  next: { binding: Resource; streams: number } | null
  perStream: Amounts
  /** Of the model, once. */
  shared: Amounts
  /** Every resource, with `streams` streams on the device. */
  resources: PlannedResource[]
  /** null where the model was never measured on the device. */
  working: WorkingPoint | null
  /** What nobody declared of the demand. */
  assumed: StreamDemand['assumed']
  /** Sentences: what was not measured, what no limit is known of. */
  notes: string[]
  /** How far off the profile is from what runs; null where nothing runs to compare it with. The caller adds it. */
  error: PredictionError | null
}

export interface PlannedResource {
  resource: Resource
  used: number
  /** null: no limit, or not known. */
  limit: number | null
  /** used / limit; null without a limit. */
  share: number | null
  /** How many streams this resource alone would carry; null: any number. */
  streams: number | null
}

/** @param reservations beside which the streams are to run, of what is granted elastically nothing; none plans for an empty device. */
export function plan(
  { streams, demand }: PlanRequest,
  knowledge: DeviceKnowledge,
  reservations: readonly Reservation[] = [],
  nowMs?: number,
): Plan {
  const { own, shared, basis } = costOf({ ...demand, id: '' }, knowledge)
  const { id: device, name: deviceName } = knowledge.capacity
  const room = roomFor({ own, shared }, demand.model, knowledge, reservations, nowMs)
  const limited = room.filter(isLimited).sort((a, b) => a.streams - b.streams)
  const [first] = limited
  const mostStreams = first?.streams ?? Number.MAX_SAFE_INTEGER
  const second = limited.find(one => one.streams > mostStreams)
  const asked = streams ?? mostStreams
  const profile = knowledge.profiles.get(demand.model)
  const working = profile ? workingPointOf(profile, knowledge.settings) : null
  return {
    device,
    deviceName,
    model: demand.model,
    basis,
    streams: asked,
    fits: asked <= mostStreams,
    mostStreams,
    binding: first?.resource ?? null,
    next: second ? { binding: second.resource, streams: second.streams } : null,
    perStream: own,
    shared,
    resources: room.map(one => plannedWith(asked, one)),
    working,
    assumed: demand.assumed,
    notes: planNotes(demand.model, working, knowledge),
    error: null,
  }
}

/** One resource: what is used, what the first stream adds for its model, what each adds, and how many that lets in. */
interface Room {
  resource: Resource
  before: number
  extra: number
  own: number
  limit: number | null
  streams: number | null
}

/** Sorted as `resources`: of two that let in as many, the first binds, as in `decide`. */
function roomFor(
  { own, shared }: { own: Amounts; shared: Amounts },
  model: string,
  knowledge: DeviceKnowledge,
  reservations: readonly Reservation[],
  nowMs?: number,
): Room[] {
  const device = knowledge.capacity.id
  const limits = limitsOf(knowledge)
  const before = usedOf(reservations.map(firmly), device, nowMs)
  const held = sharedOf(model, reservations, device, nowMs)
  return resources.map(resource => {
    const extra = Math.max(0, shared[resource] - held[resource])
    const one = { resource, before: before[resource], extra, own: own[resource], limit: limits[resource] }
    return { ...one, streams: carried(one) }
  })
}

/** What of the model's shared part is reserved already. */
function sharedOf(
  model: string,
  reservations: readonly Reservation[],
  device: string,
  nowMs?: number,
): Amounts {
  const ofModel = reservations.filter(one => one.model === model)
  const all = usedOf(ofModel, device, nowMs)
  const own = usedOf(
    ofModel.map(one => ({ ...one, model: null })),
    device,
    nowMs,
  )
  return Object.fromEntries(resources.map(resource => [resource, all[resource] - own[resource]])) as Amounts
}

/** As many as `decide` admits one after another; null: any number. */
function carried({ before, extra, own, limit }: Omit<Room, 'streams'>): number | null {
  if (limit === null || own + extra === 0) return null
  if (before + extra + own > limit) return 0
  return own === 0 ? null : Math.floor((limit - before - extra) / own)
}

function plannedWith(
  streams: number,
  { resource, before, extra, own, limit, streams: alone }: Room,
): PlannedResource {
  const used = before + (streams > 0 ? extra + streams * own : 0)
  const share = limit === null ? null : used / Math.max(1, limit)
  return { resource, used, limit, share, streams: alone }
}

function isLimited(room: Room): room is Room & { streams: number } {
  return room.streams !== null
}
