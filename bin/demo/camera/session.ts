/** What a client has set up: SETUP makes it, PLAY lets packets flow, TEARDOWN, silence or the end of the connection end it. */
import { randomBytes } from 'node:crypto'
import type { Receiver } from './receiver.js'

export class Session {
  readonly id = randomBytes(8).toString('hex')
  readonly receiver: Receiver
  readonly #receivers: Set<Receiver>

  constructor(receiver: Receiver, receivers: Set<Receiver>) {
    this.receiver = receiver
    this.#receivers = receivers
  }

  play(): void {
    this.#receivers.add(this.receiver)
  }

  end(): void {
    this.#receivers.delete(this.receiver)
  }
}
