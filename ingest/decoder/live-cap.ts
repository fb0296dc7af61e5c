/**
 * The frame rate cap of a decoder that cannot be told another while it runs: a lower one is held here, in wall time, on what it
 * gives. Those frames have been decoded, and are counted as `rate_limited`. Pure.
 */
import { PtsCap } from './av/pts-cap.js'
import { RateLimit } from './rate-limit.js'

export class LiveCap {
  readonly #startedFps: number | null
  readonly #limit: RateLimit
  #lowered: PtsCap | null = null

  /** @param startedFps what the decoder was started with; null: every frame. */
  constructor(startedFps: number | null) {
    this.#startedFps = startedFps
    this.#limit = new RateLimit(startedFps)
  }

  /** @returns false where the decoder gives less than that. */
  change(maxFps: number | null): boolean {
    const started = this.#startedFps ?? Number.POSITIVE_INFINITY
    const wanted = maxFps ?? Number.POSITIVE_INFINITY
    if (wanted > started) return false
    if (wanted === started) this.#lowered = null
    else if (this.#lowered) this.#lowered.change(maxFps)
    else this.#lowered = new PtsCap(maxFps)
    return true
  }

  /** False where the frame is above the cap. */
  admit(nowMs: number): boolean {
    return this.#limit.admit(nowMs) && (this.#lowered?.admit(nowMs / 1000) ?? true)
  }
}
