/** What one stream takes of a device: for itself, and of its model if it is the first to need it. Pure. */
import type { Basis, StreamDemand } from './budget.js'
import { decoderCost } from './decoder-cost.js'
import { rates } from './elastic.js'
import type { DeviceKnowledge } from './knowledge.js'
import { modelCost } from './model-cost.js'
import type { Reservation } from './reservation.js'
import { type Amounts, noAmounts } from './resources.js'

export interface StreamCost {
  own: Amounts
  shared: Amounts
  basis: Basis
}

/** Whole numbers, rounded up: a sum of many is never below what they take. */
export function costOf(demand: StreamDemand, knowledge: DeviceKnowledge): StreamCost {
  const model = modelCost(demand.model, knowledge)
  const decoder = decoderCost(demand, knowledge.capacity)
  return {
    own: {
      ...noAmounts,
      ...decoder,
      ringSlots: demand.ringSlots,
      computePpm: Math.ceil(demand.fps * model.msPerFrame * 1000) + decoder.computePpm,
      pcieBytesPerSecond: Math.ceil(demand.fps * model.uploadedBytesPerFrame),
      streams: 1,
    },
    shared: { ...noAmounts, deviceBytes: model.deviceBytes, hostBytes: model.hostBytes },
    basis: model.basis,
  }
}

/** The stream's entry in the ledger. */
export function streamReservation(
  demand: StreamDemand,
  { own, shared, basis }: StreamCost,
  device: string,
  atMs: number,
): Reservation {
  const { id, model, priority, elastic } = demand
  return {
    v: 1,
    holder: holderOf(id),
    device,
    model,
    own,
    shared,
    basis,
    ...(elastic && { elastic: [...rates] }),
    priority,
    atMs,
    expiresAtMs: null,
  }
}

/** What a stream keeps while it is paused: its ring, so that it finds it again. */
export function parked({ elastic: _, ...reservation }: Reservation): Reservation {
  const own = { ...noAmounts, ringSlots: reservation.own.ringSlots }
  return { ...reservation, model: null, own, shared: noAmounts }
}

export function holderOf(stream: string): string {
  return `stream:${stream}`
}

/** The stream whose entry it is; null where a process holds it. */
export function streamOf(holder: string): string | null {
  return holder.startsWith('stream:') ? holder.slice('stream:'.length) : null
}
