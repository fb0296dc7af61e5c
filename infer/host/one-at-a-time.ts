/** Work that must not overlap, in the order in which it was asked for. What fails is told to whoever asked, and holds up nobody. */
export class OneAtATime {
  #tail: Promise<unknown> = Promise.resolve()

  do<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(work)
    this.#tail = result.catch(() => undefined) // its caller has the error
    return result
  }
}
