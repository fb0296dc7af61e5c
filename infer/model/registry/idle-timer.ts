/** Aborts a request that falls silent, and passes its caller's own abort on. */
export class IdleTimer {
  readonly signal: AbortSignal
  readonly #abort = new AbortController()
  readonly #timer: NodeJS.Timeout

  constructor(timeoutMs: number, callers: AbortSignal) {
    this.signal = AbortSignal.any([callers, this.#abort.signal])
    this.#timer = setTimeout(() => this.#abort.abort(), timeoutMs)
  }

  get expired(): boolean {
    return this.#abort.signal.aborted
  }

  /** Something came: the time begins anew. */
  heard(): void {
    this.#timer.refresh()
  }

  stop(): void {
    clearTimeout(this.#timer)
  }
}
