/**
 * Whose turn it is on the device. A CPU has one place: each model has an engine with threads for every core, so two that ran
 * at once would only delay one another and the decoders. A GPU has two: one batch uploads while another computes. Places are
 * given in the order in which they were asked for (docs/decisions/0006). A model has one request open at a time, so among n
 * models nobody sees more than n − 1 others served before itself.
 */
import { BusyClock } from './busy-meter.js'

export interface DeviceTurn {
  /** Calls `granted` when there is a place for the caller: at once where one is free. Who is granted it calls `leave` once. */
  enter(granted: () => void): void
  leave(): void
}

interface Request {
  /** Wants every place: nothing else may run meanwhile. */
  alone: boolean
  granted: () => void
}

export class Turn implements DeviceTurn {
  /**
   * The same turns, for whoever must have the device to itself: what is measured beside another batch is not measured. Their
   * time is not the streams', and does not count as busy.
   */
  readonly alone: DeviceTurn = {
    enter: granted => this.#ask({ alone: true, granted }),
    leave: () => this.leave(),
  }
  readonly #busy = new BusyClock()
  #taken = 0
  #isAlone = false
  readonly #waiting: Request[] = []

  /** @param places batches that the device takes at once. */
  constructor(readonly places = 1) {}

  enter(granted: () => void): void {
    this.#ask({ alone: false, granted })
  }

  /** Milliseconds in which batches of streams had a place: the device as a whole, whatever model ran on it. */
  get busyMs(): number {
    return this.#busy.ms
  }

  /** Nobody has a place, and nobody waits for one. */
  get isFree(): boolean {
    return this.#taken === 0 && this.#waiting.length === 0
  }

  leave(): void {
    this.#taken--
    if (!this.#isAlone) this.#busy.end()
    this.#isAlone = false
    this.#grant()
  }

  #ask(request: Request): void {
    this.#waiting.push(request)
    this.#grant()
  }

  /** Whoever is granted may ask again, or leave, before this returns: the queue is read anew each time. */
  #grant(): void {
    for (let next = this.#waiting[0]; next && this.#fits(next); next = this.#waiting[0]) {
      this.#waiting.shift()
      this.#taken++
      if (!next.alone) this.#busy.begin()
      this.#isAlone = next.alone
      next.granted()
    }
  }

  /** One that wants to be alone holds up those behind it: it would wait for ever otherwise. */
  #fits({ alone }: Request): boolean {
    return !this.#isAlone && this.#taken < (alone ? 1 : this.places)
  }
}
