/** Plays a file at the speed that it was filmed at. */
import { monotonicMs, sleep } from '../../../shared/clock.js'

export class Pace {
  #originMs: number | null = null

  /** @param timeS decode time of what comes next; null passes at once. */
  async until(timeS: number | null, signal: AbortSignal): Promise<void> {
    if (timeS === null) return
    this.#originMs ??= monotonicMs() - timeS * 1000
    const aheadMs = this.#originMs + timeS * 1000 - monotonicMs()
    if (aheadMs > 0) await sleep(aheadMs, signal)
  }
}
