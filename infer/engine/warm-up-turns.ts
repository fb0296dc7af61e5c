/** The turns of a thread's warm-up runs: whatever becomes of the thread, the device is free afterwards. Used by every engine. */
import type { DeviceTurn } from '../turn.js'

export class WarmUpTurns {
  #has = false
  #closed = false

  /** @param give tells the thread that it may measure. */
  constructor(
    private readonly turn: DeviceTurn | undefined,
    private readonly give: () => void,
  ) {}

  want(): void {
    if (!this.turn) this.give()
    else
      this.turn.enter(() => {
        this.#has = true
        if (this.#closed) this.over()
        else this.give()
      })
  }

  over(): void {
    if (!this.#has) return
    this.#has = false
    this.turn?.leave()
  }

  close(): void {
    this.#closed = true
    this.over()
  }
}
