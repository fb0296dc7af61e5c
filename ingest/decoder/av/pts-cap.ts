/** A frame rate cap by the camera's clock: the decision of `capFilter`, for frames that go through no FFmpeg filter. */

export class PtsCap {
  readonly #intervalS: number
  #dueS = 0

  /** @param maxFps null passes every frame. */
  constructor(maxFps: number | null) {
    this.#intervalS = maxFps === null ? 0 : 1 / maxFps
  }

  /** @param timeS presentation time of the frame, null where it has none. */
  admit(timeS: number | null): boolean {
    if (this.#intervalS === 0 || timeS === null) return true
    const jumpedBack = timeS < this.#dueS - 2 * this.#intervalS
    if (!jumpedBack && timeS < this.#dueS - this.#intervalS / 2) return false
    this.#dueS = (jumpedBack ? timeS : Math.max(timeS, this.#dueS)) + this.#intervalS
    return true
  }
}
