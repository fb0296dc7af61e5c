/** A bounded series of samples, for sparklines and charts: the oldest leaves first. */

export interface Sample {
  atMs: number
  value: number
}

export class History {
  readonly #capacity: number
  #samples: readonly Sample[] = []

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  /** A sample no newer than the last is the same one read again. */
  add(sample: Sample): void {
    const last = this.#samples.at(-1)
    if (last && sample.atMs <= last.atMs) return
    this.#samples = [...this.#samples, sample].slice(-this.#capacity)
  }

  get samples(): readonly Sample[] {
    return this.#samples
  }
}
