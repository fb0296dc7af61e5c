/** Spaces out the starts of decoders: after a power cut a hundred cameras return at once, and each start costs CPU. */
import { monotonicMs, sleep } from '../shared/clock.js'

export const STARTS_PER_SECOND = 20

export class StartPacer {
  readonly #intervalMs: number
  #nextMs = 0

  constructor(startsPerSecond = STARTS_PER_SECOND) {
    this.#intervalMs = 1000 / startsPerSecond
  }

  /** Resolves when it is the caller's turn, in the order of calls, or when `signal` ends the wait. */
  async turn(signal: AbortSignal): Promise<void> {
    const now = monotonicMs()
    const turnMs = Math.max(now, this.#nextMs)
    this.#nextMs = turnMs + this.#intervalMs
    if (turnMs > now) await sleep(turnMs - now, signal)
  }
}
