/** Memory over time, of one device and the process that runs it. Pure types and one formula. */

export interface MemorySample {
  atMs: number
  device: string
  /** Of the arenas of all models (GPU), or of the process's malloc heap (CPU); null where nothing tells. */
  inUseBytes: number | null
  reservedBytes: number | null
  peakBytes: number | null
  /** Of the infer process: on the device (GPU) or anonymous resident memory (CPU). */
  processBytes: number | null
  /** Of the device by everybody; on a CPU of the host. */
  deviceUsedBytes: number | null
  deviceTotalBytes: number | null
  hostUsedBytes: number
  hostTotalBytes: number
  shmUsedBytes: number
  shmTotalBytes: number
  /** READY or leased slots of all rings, and all slots that belong to streams. */
  ringSlotsUsed: number
  ringSlots: number
  /** What was running: a change of these explains a change of memory. */
  streams: number
  models: string[]
  /** Start of the process: a lower figure after it is no recovery. */
  instance: string
}

/** (reserved − in use) / reserved; null where nothing is reserved or known. */
export function fragmentationOf({
  inUseBytes,
  reservedBytes,
}: Pick<MemorySample, 'inUseBytes' | 'reservedBytes'>): number | null {
  if (inUseBytes === null || !reservedBytes) return null
  return Math.max(0, reservedBytes - inUseBytes) / reservedBytes
}

/** Kept at three resolutions: 10 minutes by the second, 6 hours by 10 s, 7 days by the minute. */
export const timelineTiers = [
  { everyMs: 1_000, keepMs: 600_000 },
  { everyMs: 10_000, keepMs: 21_600_000 },
  { everyMs: 60_000, keepMs: 604_800_000 },
] as const

/** What an operator asked for. */
export interface CompactionRequest {
  /** By which whoever asked knows the report that answers it. */
  id: string
  atMs: number
  /** Whose session is rebuilt; null: whatever the device needs. */
  model: string | null
}

/** A compaction: what Ringside did about fragmentation, and what came of it. */
export interface CompactionReport {
  atMs: number
  device: string
  model: string | null
  why: 'fragmentation' | 'schedule' | 'operator'
  did: 'shrunk' | 'rebuilt' | 'nothing'
  freedBytes: number
  tookMs: number
  fragmentationBefore: number | null
  fragmentationAfter: number | null
  /** Which request it answers; absent where nobody asked. */
  request?: string
}
