/** What each stream takes of its device at each setting: the costs of admission, so that what was admitted is what is added up here. Pure. */
import { costOf, holderOf, streamOf } from '../../shared/budget/cost.js'
import type { DegradableStream, StreamLoad } from '../../shared/budget/degradable.js'
import { rates } from '../../shared/budget/elastic.js'
import type { DeviceKnowledge } from '../../shared/budget/knowledge.js'
import type { Reservation } from '../../shared/budget/reservation.js'
import { type Amounts, noAmounts } from '../../shared/budget/resources.js'
import { fpsAt, type Setting } from '../../shared/budget/setting.js'
import { isInForce } from '../../shared/budget/sum.js'
import { canonicalModelName } from '../../shared/model/model-name.js'
import type { DesiredStream } from '../../shared/stream/stream.js'
import { demandOf, type Seen } from '../demand.js'

export interface LoadScene {
  reservations: readonly Reservation[]
  knowledge: DeviceKnowledge
  isTuned: boolean
}

export interface RunningStream {
  desired: DesiredStream
  seen: Seen
}

/**
 * A stream of no declared rate takes what it was granted of what goes by the frame: the rest of its frames is dropped anyway. Where the
 * operator said how busy the engine may be (`isTuned`), it counts with what its camera sends, and gives way like others.
 */
export function degradable(
  { desired, seen }: RunningStream,
  { reservations, knowledge, isTuned }: LoadScene,
): DegradableStream {
  const demand = demandOf({ ...desired, ringSlots: desired.ring.slots.length }, seen, knowledge)
  const fallback = fallbackOf(desired, demand.model)
  const reserved = reservations.find(({ holder }) => holder === holderOf(desired.id))
  const load = ({ halvings, fallback: smaller }: Setting): StreamLoad => {
    const fps = fpsAt(demand.fps, halvings)
    const model = smaller && fallback ? fallback : demand.model
    return { model, ...costOf({ ...demand, model, fps }, knowledge) }
  }
  const granted =
    demand.elastic && !isTuned
      ? grantedOf(load({ halvings: 0, fallback: false, paused: false }), reserved)
      : null
  return {
    id: desired.id,
    priority: desired.priority,
    fps: demand.fps,
    hasFallback: fallback !== null,
    load: granted ? setting => scaled(load(setting), granted) : load,
  }
}

/** null: none is declared, or it is the very model. */
function fallbackOf({ fallbackModel }: DesiredStream, model: string): string | null {
  const name = fallbackModel ? canonicalModelName(fallbackModel) : null
  return name === model ? null : name
}

/** Of each resource the share that was granted of what was asked for. */
function grantedOf(
  { own }: StreamLoad,
  reserved: Reservation | undefined,
): Map<keyof Amounts, number> | null {
  if (!reserved?.elastic) return null
  return new Map(rates.map(rate => [rate, own[rate] > 0 ? Math.min(1, reserved.own[rate] / own[rate]) : 1]))
}

function scaled(load: StreamLoad, shares: ReadonlyMap<keyof Amounts, number>): StreamLoad {
  const own = { ...load.own }
  for (const [resource, share] of shares) own[resource] = Math.ceil(own[resource] * share)
  return { ...load, own }
}

/**
 * What is taken beside the streams: by processes, for a while or as long as they run. A model that no stream names is left
 * out: it gives way by itself as soon as another needs its room.
 */
export function heldLoads(
  reservations: readonly Reservation[],
  device: string,
  defaultModel: string,
  nowMs: number,
): StreamLoad[] {
  return reservations
    .filter(one => one.device === device && streamOf(one.holder) === null && isInForce(one, nowMs))
    .filter(({ model }) => model === null || model === defaultModel)
    .map(({ model, own, shared }) => ({
      model: model ?? '',
      own,
      shared: model === null ? noAmounts : shared,
    }))
}
