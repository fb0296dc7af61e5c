/** How many streams of a kind a device carries, and what limits them: the arithmetic of admission, solved for the number. Pure. */
import type { Basis, StreamDemand } from './budget.js'
import { costOf } from './cost.js'
import type { DeviceKnowledge } from './knowledge.js'
import { limitsOf } from './limits.js'
import type { Reservation } from './reservation.js'
import { type Amounts, type Resource, resources } from './resources.js'
import { usedOf } from './sum.js'
import { type WorkingPoint, workingPointOf } from './working-point.js'

export interface PlanRequest {
  /** How many are asked for; null asks only how many fit. */
  streams: number | null
  /** What each of them asks for. */
  demand: Omit<StreamDemand, 'id'>
}

export interface Plan {
  device: string
  model: string
  basis: Basis
  /** Those asked for; where none were, those that fit. */
  streams: number
  fits: boolean
  /** The most that fit. */
  mostStreams: number
  /** What refuses one more. */
  binding: Resource | null
  /** What refuses when that is lifted, and after how many. */
  next: { binding: Resource; streams: number } | null
  perStream: Amounts
  /** Of the model, once. */
  shared: Amounts
  /** Every resource with `streams` streams on the device. */
  resources: PlannedResource[]
  /** null where the model was never measured on the device. */
  working: WorkingPoint | null
  assumed: StreamDemand['assumed']
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

/** @param reservations beside which the streams are to run; none plans for an empty device. */
export function plan(
  { streams, demand }: PlanRequest,
  knowledge: DeviceKnowledge,
  reservations: readonly Reservation[] = [],
  nowMs?: number,
): Plan {
  const { own, shared, basis } = costOf({ ...demand, id: '' }, knowledge)
  const device = knowledge.capacity.id
  const before = usedOf(reservations, device, nowMs)
  const extra = extraOf(shared, demand.model, reservations, device, nowMs)
  const limits = limitsOf(knowledge)
  const most = resources.map(resource => ({
    resource,
    streams: carried(before[resource], extra[resource], own[resource], limits[resource]),
  }))
  const [first, second] = most.filter(isLimited).sort((a, b) => a.streams - b.streams)
  const mostStreams = first?.streams ?? Number.MAX_SAFE_INTEGER
  const asked = streams ?? mostStreams
  const profile = knowledge.profiles.get(demand.model)
  return {
    device,
    model: demand.model,
    basis,
    streams: asked,
    fits: asked <= mostStreams,
    mostStreams,
    binding: first?.resource ?? null,
    next: second ? { binding: second.resource, streams: second.streams } : null,
    perStream: own,
    shared,
    resources: most.map(({ resource, streams: alone }) => {
      const used = before[resource] + (asked > 0 ? extra[resource] + asked * own[resource] : 0)
      const limit = limits[resource]
      return { resource, used, limit, share: limit ? used / limit : null, streams: alone }
    }),
    working: profile ? workingPointOf(profile, knowledge.settings) : null,
    assumed: demand.assumed,
  }
}

/** What of the model's shared part nobody has reserved yet. */
function extraOf(
  shared: Amounts,
  model: string,
  reservations: readonly Reservation[],
  device: string,
  nowMs?: number,
): Amounts {
  const held = usedOf(
    reservations.map(one => ({ ...one, own: noneOf(one.own) })).filter(one => one.model === model),
    device,
    nowMs,
  )
  return Object.fromEntries(
    resources.map(resource => [resource, Math.max(0, shared[resource] - held[resource])]),
  ) as Amounts
}

function noneOf(own: Amounts): Amounts {
  return Object.fromEntries(Object.keys(own).map(resource => [resource, 0])) as Amounts
}

/** As many as `decide` admits one after another; null: any number. */
function carried(before: number, extra: number, own: number, limit: number | null): number | null {
  if (limit === null || own + extra === 0) return null
  if (before + extra + own > limit) return 0
  return own === 0 ? null : Math.floor((limit - before - extra) / own)
}

function isLimited(most: {
  resource: Resource
  streams: number | null
}): most is { resource: Resource; streams: number } {
  return most.streams !== null
}
