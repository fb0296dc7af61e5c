/** Rates and latencies of one stream over its last frames. Fixed memory: nothing is allocated a frame. */

const WINDOW_MS = 5000
const SAMPLES = 256

export class StreamStats {
  detectionsLast = 0
  readonly #finishedMs = new Float64Array(SAMPLES)
  readonly #lagMs = new Float64Array(SAMPLES)
  #count = 0
  #epoch = 0
  #seq = -1

  /**
   * Whether a frame comes after the newest one of its session; it is the newest then. A stream that changes its model is
   * in two slabs for a moment, and an older frame may come out of the slower engine last.
   */
  rises(epoch: number, seq: number): boolean {
    if (epoch === this.#epoch && seq <= this.#seq) return false
    this.#epoch = epoch
    this.#seq = seq
    return true
  }

  add(nowMs: number, lagMs: number, detections: number): void {
    const at = this.#count++ % SAMPLES
    this.#finishedMs[at] = nowMs
    this.#lagMs[at] = lagMs
    this.detectionsLast = detections
  }

  /** Frames per second over the window. */
  fps(nowMs: number): number {
    return (this.#recent(nowMs).length * 1000) / this.#windowMs(nowMs)
  }

  /** Quantile (0 … 1) of captured → serialised over the window; null where it is empty. */
  lagMs(nowMs: number, quantile: number): number | null {
    const recent = this.#recent(nowMs).sort((a, b) => a - b)
    return recent[Math.min(recent.length - 1, Math.floor(quantile * recent.length))] ?? null
  }

  #recent(nowMs: number): number[] {
    const recent: number[] = []
    for (let i = 0; i < Math.min(this.#count, SAMPLES); i++) {
      if (nowMs - this.#finishedMs[i]! <= WINDOW_MS) recent.push(this.#lagMs[i]!)
    }
    return recent
  }

  /** Above SAMPLES / 5 fps the samples reach back less than the window. */
  #windowMs(nowMs: number): number {
    if (this.#count < SAMPLES) return WINDOW_MS
    return Math.min(WINDOW_MS, nowMs - Math.min(...this.#finishedMs)) || 1
  }
}
