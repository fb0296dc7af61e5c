/** A frame rate cap in wall time. FFmpeg's filter holds the cap by the camera's clock, and cameras' clocks lie. Pure. */

/** A second's worth of frames may come at once: cameras send what they have buffered. */
const BURST_MS = 1000

export class RateLimit {
  readonly #intervalMs: number
  #dueMs = Number.NEGATIVE_INFINITY

  constructor(maxFps: number | null) {
    this.#intervalMs = maxFps === null ? 0 : 1000 / maxFps
  }

  /** False where the frame is above the cap. */
  admit(nowMs: number): boolean {
    if (nowMs < this.#dueMs - BURST_MS - this.#intervalMs) return false
    this.#dueMs = Math.max(nowMs, this.#dueMs) + this.#intervalMs
    return true
  }
}
