/** Frames per second over the last seconds, in a fixed ring of one-second counts. */

const WINDOW_S = 4

export class FrameRate {
  /** One more than the window: the second that has not ended yet. */
  readonly #counts = new Uint32Array(WINDOW_S + 1)
  #second = Number.NEGATIVE_INFINITY
  #firstMs = Number.POSITIVE_INFINITY

  add(nowMs: number): void {
    this.#advance(nowMs)
    this.#firstMs = Math.min(this.#firstMs, nowMs)
    this.#counts[this.#second % this.#counts.length]! += 1
  }

  fps(nowMs: number): number {
    if (!this.seen) return 0
    this.#advance(nowMs)
    const frames = this.#counts.reduce((sum, count) => sum + count, 0)
    const intoSecondMs = nowMs % 1000
    const windowMs = WINDOW_S * 1000 + intoSecondMs
    const sinceFirstMs = nowMs - this.#firstMs
    if (sinceFirstMs >= windowMs) return (frames * 1000) / windowMs
    // The first frame begins the time in which the others are counted. What came within less than a second is not projected onto one.
    return ((frames - 1) * 1000) / Math.max(1000, sinceFirstMs)
  }

  /** Whether a frame came since the last reset. */
  get seen(): boolean {
    return this.#firstMs !== Number.POSITIVE_INFINITY
  }

  reset(): void {
    this.#counts.fill(0)
    this.#firstMs = Number.POSITIVE_INFINITY
  }

  #advance(nowMs: number): void {
    const second = Math.floor(nowMs / 1000)
    const passed = Math.min(this.#counts.length, second - this.#second)
    for (let i = 0; i < passed; i++) this.#counts[(second - i) % this.#counts.length] = 0
    if (passed > 0) this.#second = second
  }
}
