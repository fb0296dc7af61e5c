/**
 * Whose turn it is on the device. Each model has an engine with threads for every core, so two that ran at once would only
 * delay one another and the decoders; batches of different models therefore run one at a time, in the order in which they
 * were asked for (docs/decisions/0006). A model asks again only after its batch, so among n models nobody waits for more
 * than n − 1 batches.
 */
export interface DeviceTurn {
  /** Calls `granted` when the device is free for the caller: at once where nobody has it. Who is granted it calls `leave` once. */
  enter(granted: () => void): void
  leave(): void
}

export class Turn implements DeviceTurn {
  #taken = false
  readonly #waiting: (() => void)[] = []

  enter(granted: () => void): void {
    if (this.#taken) this.#waiting.push(granted)
    else {
      this.#taken = true
      granted()
    }
  }

  leave(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#taken = false
  }
}
