/** What a client has set up: SETUP makes it, PLAY lets packets flow, TEARDOWN, silence or the end of the connection end it. */
import { randomBytes } from 'node:crypto'
import type { PacketFeed } from './connection.js'
import type { Receiver } from './receiver.js'

export class Session {
  readonly id = randomBytes(8).toString('hex')
  readonly receiver: Receiver
  readonly #feed: PacketFeed
  readonly #path: string

  constructor(receiver: Receiver, feed: PacketFeed, path: string) {
    this.receiver = receiver
    this.#feed = feed
    this.#path = path
  }

  play(): void {
    this.#feed.join(this.receiver, this.#path)
  }

  end(): void {
    this.#feed.leave(this.receiver)
  }
}
