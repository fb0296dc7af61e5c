/** Whether key frames alone are enough for a low frame rate cap: decided by their measured rate. Pure. */

/** Caps above this are never met by key frames, which cameras send every one to four seconds. */
export const KEYFRAME_CAP_FPS = 1
/** Intervals that are measured. */
const SAMPLES = 4
const ENOUGH = 0.9

export class KeyframeTrial {
  readonly #wantedIntervalMs: number
  #firstMs: number | null = null
  #intervals = 0

  constructor(maxFps: number) {
    this.#wantedIntervalMs = 1000 / maxFps
  }

  frame(nowMs: number): 'undecided' | 'enough' | 'too_rare' {
    if (this.#firstMs === null) {
      this.#firstMs = nowMs
      return 'undecided'
    }
    if (this.#intervals === SAMPLES) return 'enough'
    this.#intervals++
    if (this.#intervals < SAMPLES) return 'undecided'
    const intervalMs = (nowMs - this.#firstMs) / SAMPLES
    return intervalMs * ENOUGH <= this.#wantedIntervalMs ? 'enough' : 'too_rare'
  }
}
