/** What a stream runs with while its device cannot carry what it declared. Pure types. */

export const degradationKinds = ['fps', 'model', 'pause'] as const
export type DegradationKind = (typeof degradationKinds)[number]

/** In force; absent where the stream runs as declared. */
export interface Degradation {
  v: 1
  stream: string
  /** 0 is as declared; each step is one further. */
  level: number
  kind: DegradationKind
  /** In force instead of the declared ones. */
  fps: number | null
  model: string | null
  paused: boolean
  /** A sentence: which limit binds, by how much. */
  reason: string
  sinceMs: number
}

/** A step down or up, on the events stream, the WebSocket and in the stream's history. */
export interface BudgetEvent {
  type: 'budget'
  v: 1
  stream: string
  direction: 'down' | 'up'
  level: number
  kind: DegradationKind
  from: { fps: number | null; model: string | null; paused: boolean }
  to: { fps: number | null; model: string | null; paused: boolean }
  reason: string
  at: number
}

/** One line of a stream's history, newest last; of a device's too (`id` is then the device's). */
export interface HistoryEntry {
  id: string
  at: number
  what: 'created' | 'changed' | 'removed' | 'degraded' | 'restored' | 'state'
  /** `token:<first 6 of its SHA-256>`, `ringside` for steps of its own. */
  by: string
  changes: { key: string; from: unknown; to: unknown }[]
  reason: string | null
}
