/** Counts failed logins of each address, so that a token cannot be guessed by trying. */
import { monotonicMs } from '../../shared/clock.js'

const WINDOW_MS = 60_000
const MAX_FAILURES = 10
/** Addresses remembered at once; beyond it the oldest is forgotten. */
const MAX_ADDRESSES = 10_000

interface Failures {
  count: number
  sinceMs: number
}

export class FailureCounter {
  readonly #byAddress = new Map<string, Failures>()
  readonly #now: () => number

  constructor(now: () => number = monotonicMs) {
    this.#now = now
  }

  /** Seconds for which the address is refused, whatever it presents; 0 where it is not. */
  refusedForSeconds(address: string): number {
    const failures = this.#byAddress.get(address)
    if (!failures || failures.count < MAX_FAILURES) return 0
    return Math.max(0, Math.ceil((failures.sinceMs + WINDOW_MS - this.#now()) / 1000))
  }

  add(address: string): void {
    const known = this.#byAddress.get(address)
    if (known && this.#now() - known.sinceMs < WINDOW_MS) {
      known.count++
      return
    }
    this.#byAddress.delete(address) // so that a returning address counts as the newest
    this.#byAddress.set(address, { count: 1, sinceMs: this.#now() })
    if (this.#byAddress.size > MAX_ADDRESSES) {
      this.#byAddress.delete(this.#byAddress.keys().next().value as string)
    }
  }
}
