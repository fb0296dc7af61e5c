/**
 * How long the oldest frame waits for company. An engine that is hardly used starts at once, since nothing is gained by waiting; the
 * busier it is, the longer frames wait, up to about a run of its largest batch. Small batches one after the other would keep a GPU busy
 * all the time at a fraction of its throughput, and whatever else runs there (decoders scale their pictures on it) would have to wait.
 */

/** Below this share of time the window is the least, from `FULL` on the most. */
const IDLE = 0.25
const FULL = 0.6
/** Shares are of at least this long: of a single batch they would be 0 or 1. */
const PERIOD_MS = 200

export interface WindowRange {
  leastMs: number
  mostMs: number
}

export class BatchWindow {
  #range: WindowRange
  #lastMs: number
  #share = 0
  #fromMs: number | null = null
  #fromBusyMs = 0

  constructor(range: WindowRange) {
    this.#range = range
    this.#lastMs = range.leastMs
  }

  /** As it was chosen last. */
  get lastMs(): number {
    return this.#lastMs
  }

  /** What an operator changed, from the next batch on. */
  set range(range: WindowRange) {
    this.#range = range
  }

  /** @param busyMs of the engine, in all. */
  ms(busyMs: number, nowMs: number): number {
    const { leastMs, mostMs } = this.#range
    this.#look(busyMs, nowMs)
    const load = Math.min(1, Math.max(0, (this.#share - IDLE) / (FULL - IDLE)))
    this.#lastMs = leastMs + (mostMs - leastMs) * load
    return this.#lastMs
  }

  /** Half of what was, half of what is: a window that follows each period alone would swing between its ends. */
  #look(busyMs: number, nowMs: number): void {
    this.#fromMs ??= nowMs
    const passedMs = nowMs - this.#fromMs
    if (passedMs < PERIOD_MS) return
    this.#share = (this.#share + Math.min(1, (busyMs - this.#fromBusyMs) / passedMs)) / 2
    this.#fromMs = nowMs
    this.#fromBusyMs = busyMs
  }
}
