/** Things that must be given back, in the reverse of the order in which they were had. */

export class Owned {
  readonly #releases: (() => void)[] = []

  add<T>(resource: T, release: (resource: T) => void): T {
    this.#releases.push(() => release(resource))
    return resource
  }

  /** Idempotent. */
  release(): void {
    for (const release of this.#releases.splice(0).reverse()) release()
  }
}
