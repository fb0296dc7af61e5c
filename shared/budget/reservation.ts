/** One entry of the ledger. Pure types. */
import type { Basis } from './budget.js'
import type { Amounts, Resource } from './resources.js'

/** Of a registered stream, as long as it is registered and enabled; or of what a process holds beyond that, as long as it renews it. */
export interface Reservation {
  v: 1
  /** `stream:<id>` or `held:<stage>:<instance>:<what>`. */
  holder: string
  device: string
  /** Whose fixed part it needs; null needs none. */
  model: string | null
  /** The holder's own. */
  own: Amounts
  /** Of the model: counted once a device, however many need it (the most of those recorded). */
  shared: Amounts
  basis: Basis
  priority: number
  atMs: number
  /** When it lapses; null: never by itself. */
  expiresAtMs: number | null
}

export interface Remedy {
  kind: 'fps' | 'model' | 'ring_slots' | 'evict'
  /** E.g. `fps 25 → 12`. */
  text: string
  /** What to change in the request; `evict`: what to pause first. */
  change: { fps?: number; model?: string; ringSlots?: number; evict?: string[] }
}

/** Why a stream was not admitted; REST answers it with 507 `budget_exceeded`. */
export interface Refusal {
  device: string
  binding: Resource
  asked: number
  free: number
  limit: number
  basis: Basis
  /** At most three; each, applied, would be admitted. */
  remedies: Remedy[]
  text: string
}

export interface Admission {
  device: string
  /** What the stream takes for itself, and of its model if it is the first to need it. */
  cost: Amounts
  basis: Basis
}

export type Decision = { admitted: true; admission: Admission } | { admitted: false; refusal: Refusal }
