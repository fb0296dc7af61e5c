/** Alerts about memory. Pure types. */

export const alertKinds = [
  'memory_usage',
  'fragmentation',
  'exhaustion',
  'leak',
  'host_memory',
  'shm',
] as const
export type AlertKind = (typeof alertKinds)[number]

export interface Alert {
  /** `<kind>:<device or host>`: at most one of each is firing. */
  id: string
  kind: AlertKind
  device: string | null
  state: 'firing' | 'resolved'
  value: number
  threshold: number
  /** A sentence: what it means, with figures. */
  meaning: string
  /** A sentence: what to do. */
  remedy: string
  /** Owners that grew, the most first; of leaks alone. */
  owners: { owner: string; bytes: number }[]
  sinceMs: number
  atMs: number
}

/** On the events stream and the WebSocket. */
export interface AlertEvent extends Alert {
  type: 'alert'
  v: 1
}
