/** How long something was under way, of which several may run at once: their overlap counts once. And the share of time that this is. */
import { monotonicMs } from '../shared/clock.js'

export class BusyClock {
  #running = 0
  #sinceMs = 0
  #pastMs = 0

  begin(): void {
    if (this.#running++ === 0) this.#sinceMs = monotonicMs()
  }

  end(): void {
    if (--this.#running === 0) this.#pastMs += monotonicMs() - this.#sinceMs
  }

  /** Milliseconds of wall time in which anything ran, what still runs included. */
  get ms(): number {
    return this.#pastMs + (this.#running > 0 ? monotonicMs() - this.#sinceMs : 0)
  }
}

/** The share of time in which something ran, between two looks at its running total. */
export class BusyMeter {
  #lastMs = monotonicMs()
  #lastBusyMs = 0

  /** @param busyMs total since start. @returns 0 … 1 since the last call. */
  share(busyMs: number): number {
    const nowMs = monotonicMs()
    const share = (busyMs - this.#lastBusyMs) / Math.max(1, nowMs - this.#lastMs)
    this.#lastMs = nowMs
    this.#lastBusyMs = busyMs
    return Math.min(1, Math.max(0, share))
  }
}
