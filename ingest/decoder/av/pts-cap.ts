/** A frame rate cap by the camera's clock: the decision of `capFilter`, for frames that go through no FFmpeg filter. */

export class PtsCap {
  #intervalS: number
  #dueS = 0

  /** @param maxFps null passes every frame. */
  constructor(maxFps: number | null) {
    this.#intervalS = intervalOf(maxFps)
  }

  /** From the next frame on: what was due by the cap before is due an interval of the new one after the last that passed. */
  change(maxFps: number | null): void {
    const intervalS = intervalOf(maxFps)
    this.#dueS += intervalS - this.#intervalS
    this.#intervalS = intervalS
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

/** 0: no cap. */
function intervalOf(maxFps: number | null): number {
  return maxFps === null ? 0 : 1 / maxFps
}
