/** The share of time in which something ran, between two looks at its running total. */
import { monotonicMs } from '../shared/clock.js'

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
