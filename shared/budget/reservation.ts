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
  /** Resources of which it may get less than it asks for: `own` holds what was free. Absent: none. See `elastic.ts`. */
  elastic?: Resource[]
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
  /** What it asks for at the rate that its camera is seen or taken to send, and did not get in full; absent: it got all. */
  short?: { resource: Resource; asked: number; granted: number }[]
  /** A sentence for a person where there is something to know: a short grant, a figure that is assumed. */
  note?: string
}

export type Decision = { admitted: true; admission: Admission } | { admitted: false; refusal: Refusal }
