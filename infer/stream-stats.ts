/** Rates and latencies of one stream over its last frames. Fixed memory: nothing is allocated a frame. */

const WINDOW_MS = 5000
const SAMPLES = 256
/** Of whoever is summed up now: hundreds of streams are, once a second, and frames wait meanwhile. */
const sorted = new Float64Array(SAMPLES)

export interface StreamSummary {
  /** Frames per second. */
  fps: number
  lagP50Ms: number | null
  lagP99Ms: number | null
}

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

  /** Over the window; latencies are captured → serialised, null where it is empty. */
  summary(nowMs: number): StreamSummary {
    let count = 0
    let oldestMs = nowMs
    for (let i = 0; i < Math.min(this.#count, SAMPLES); i++) {
      const finishedMs = this.#finishedMs[i]!
      if (nowMs - finishedMs > WINDOW_MS) continue
      oldestMs = Math.min(oldestMs, finishedMs)
      sorted[count++] = this.#lagMs[i]!
    }
    const lags = sorted.subarray(0, count).sort()
    const at = (share: number): number | null => lags[Math.min(count - 1, Math.floor(share * count))] ?? null
    // Above SAMPLES / 5 fps the samples reach back less than the window.
    const windowMs = count < SAMPLES ? WINDOW_MS : nowMs - oldestMs || 1
    return { fps: (count * 1000) / windowMs, lagP50Ms: at(0.5), lagP99Ms: at(0.99) }
  }
}
