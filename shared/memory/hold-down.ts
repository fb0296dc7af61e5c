/**
 * Which alerts are told, and when: each once when its rule has been over for a while, once more when it has been clear for a while. Pure.
 *
 *   quiet ── over for holdMs ──► firing ── clear for clearMs ──► resolved
 *     ▲ not over: begins anew       ▲ not clear: begins anew
 */
import type { Alert, AlertKind } from './alert.js'
import { alertId, type Reading } from './rules.js'

export interface Timing {
  holdMs: number
  clearMs: number
}

/** Fragmentation is first left to compaction; what rests on hours of figures may take minutes. */
export const timings: Record<AlertKind, Timing> = {
  memory_usage: { holdMs: 15_000, clearMs: 60_000 },
  fragmentation: { holdMs: 60_000, clearMs: 60_000 },
  exhaustion: { holdMs: 60_000, clearMs: 120_000 },
  leak: { holdMs: 300_000, clearMs: 600_000 },
  host_memory: { holdMs: 15_000, clearMs: 60_000 },
  shm: { holdMs: 15_000, clearMs: 60_000 },
}

interface Watched {
  overSinceMs: number | null
  clearSinceMs: number | null
  /** Of those that fire. */
  alert: Alert | null
}

export class HoldDown {
  readonly #watched = new Map<string, Watched>()

  /** @param firing what was told before, maybe by another process: it is not told again. */
  constructor(firing: readonly Alert[]) {
    for (const alert of firing) {
      if (alert.state === 'firing')
        this.#watched.set(alert.id, { overSinceMs: alert.sinceMs, clearSinceMs: null, alert })
    }
  }

  /** Those that fire, with their latest figures. */
  get firing(): Alert[] {
    return [...this.#watched.values()].flatMap(({ alert }) => (alert ? [alert] : []))
  }

  /**
   * @param readings of every rule that has something to read; one that fires and is not among them is taken for clear.
   * @returns the alerts whose state changed: those to tell.
   */
  step(readings: readonly Reading[], nowMs: number): Alert[] {
    const byId = new Map(readings.map(reading => [alertId(reading), reading]))
    const told: Alert[] = []
    for (const [id, watched] of this.#watched) {
      if (!byId.has(id)) this.#quiet(id, watched, null, nowMs, told)
    }
    for (const [id, reading] of byId) {
      const watched = this.#watched.get(id) ?? { overSinceMs: null, clearSinceMs: null, alert: null }
      this.#watched.set(id, watched)
      if (watched.alert) this.#keepOrEnd(id, watched, watched.alert, reading, nowMs, told)
      else this.#wait(id, watched, reading, nowMs, told)
    }
    return told
  }

  #wait(id: string, watched: Watched, reading: Reading, nowMs: number, told: Alert[]): void {
    if (!reading.isOver) {
      this.#watched.delete(id)
      return
    }
    watched.overSinceMs ??= nowMs
    if (nowMs - watched.overSinceMs < timings[reading.kind].holdMs) return
    watched.alert = { ...alertOf(id, reading), value: reading.value ?? 0, sinceMs: nowMs, atMs: nowMs }
    told.push(watched.alert)
  }

  #keepOrEnd(
    id: string,
    watched: Watched,
    alert: Alert,
    reading: Reading,
    nowMs: number,
    told: Alert[],
  ): void {
    if (reading.isClear) {
      this.#quiet(id, watched, reading, nowMs, told)
      return
    }
    watched.clearSinceMs = null
    const { sinceMs } = alert
    if (reading.isOver)
      watched.alert = { ...alertOf(id, reading), value: reading.value ?? 0, sinceMs, atMs: nowMs }
  }

  #quiet(id: string, watched: Watched, reading: Reading | null, nowMs: number, told: Alert[]): void {
    const { alert } = watched
    if (!alert) {
      this.#watched.delete(id)
      return
    }
    watched.clearSinceMs ??= nowMs
    if (nowMs - watched.clearSinceMs < timings[alert.kind].clearMs) return
    this.#watched.delete(id)
    const value = reading?.value ?? alert.value
    told.push({ ...alert, value, state: 'resolved', sinceMs: nowMs, atMs: nowMs })
  }
}

function alertOf(id: string, reading: Reading): Omit<Alert, 'value' | 'sinceMs' | 'atMs'> {
  const { kind, device, threshold, meaning, remedy, owners } = reading
  return { id, kind, device, state: 'firing', threshold, meaning, remedy, owners }
}
