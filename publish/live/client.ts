/** One WebSocket client: what it asks for, how fast it may ask, and whether it is still there. */
import type { RawData, WebSocket } from 'ws'
import { monotonicMs } from '../../shared/clock.js'
import { RingsideError } from '../../shared/errors.js'
import { version } from '../../shared/process/version.js'
import type { LiveMessage } from './live-message.js'
import { type LiveCounters, Outbox } from './outbox.js'
import { invalidMessage, parseClientMessage, Subscription } from './subscription.js'

const MAX_INBOUND_PER_SECOND = 20
const POLICY_VIOLATION = 1008
/** A client that was told to go has this long to say goodbye. */
const GOODBYE_MS = 1000

/** What a client needs of its surroundings. */
export interface ClientHome {
  watch(stream: string): void
  unwatch(stream: string): void
}

export class LiveClient {
  readonly #socket: WebSocket
  readonly #home: ClientHome
  readonly #outbox: Outbox
  #subscription: Subscription | null = null
  #answeredPing = true
  #secondStartedMs = monotonicMs()
  #inboundThisSecond = 0

  constructor(socket: WebSocket, home: ClientHome, queueBytes: number, counters: LiveCounters) {
    this.#socket = socket
    this.#home = home
    this.#outbox = new Outbox(socket, queueBytes, counters)
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary))
    socket.on('ping', () => this.#countInbound())
    socket.on('pong', () => {
      this.#answeredPing = true
      this.#countInbound()
    })
    this.#outbox.tell({ type: 'hello', v: 1, version })
  }

  offer(message: LiveMessage): void {
    const bytes = this.#wanted(message)
    if (bytes) this.#outbox.send(bytes, waiting => message.keep(waiting))
  }

  /** What is about no stream is for everybody, subscribed or not. */
  #wanted(message: LiveMessage): Buffer | null {
    if (message.stream === null) return message.bytesFor(null)
    if (!this.#subscription?.covers(message.stream)) return null
    return message.bytesFor(this.#subscription)
  }

  offerPicture(stream: string, picture: Buffer): void {
    if (this.#subscription?.pictures.has(stream)) this.#outbox.sendPicture(stream, picture)
  }

  /** Ends the client where it left the last ping without an answer. */
  ping(): void {
    if (this.#answeredPing) {
      this.#answeredPing = false
      this.#outbox.ping()
    } else this.#socket.terminate()
  }

  /** Asks the client to go; one that does not is cut off. */
  close(code: number, reason: string): void {
    this.#socket.close(code, reason)
    this.cutOffSoon()
  }

  cutOffSoon(): void {
    setTimeout(() => this.#socket.terminate(), GOODBYE_MS).unref()
  }

  /** To be called when the socket has closed. */
  leave(): void {
    this.#replaceSubscription(null)
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#socket.readyState !== this.#socket.OPEN || !this.#countInbound()) return
    try {
      if (isBinary) throw invalidMessage('Clients send text, not bytes.')
      const message = parseClientMessage(data.toString())
      const subscription = message.type === 'subscribe' ? new Subscription(message) : null
      this.#replaceSubscription(subscription)
      this.#outbox.tell(subscription?.confirmation() ?? { type: 'unsubscribed' })
    } catch (error) {
      if (!(error instanceof RingsideError)) throw error
      this.#outbox.tell({
        type: 'error',
        code: error.code,
        detail: error.message,
        remedy: error.remedy ?? '',
      })
    }
  }

  /** The new pictures are watched before the old are let go, so that a stream in both is never let go. */
  #replaceSubscription(next: Subscription | null): void {
    const before = this.#subscription
    this.#subscription = next
    for (const stream of next?.pictures ?? []) this.#home.watch(stream)
    for (const stream of before?.pictures ?? []) this.#home.unwatch(stream)
    this.#outbox.keepPicturesOf(next?.pictures ?? new Set())
  }

  /** @returns whether the client keeps to the limit. */
  #countInbound(): boolean {
    const now = monotonicMs()
    if (now - this.#secondStartedMs >= 1000) {
      this.#secondStartedMs = now
      this.#inboundThisSecond = 0
    }
    if (++this.#inboundThisSecond <= MAX_INBOUND_PER_SECOND) return true
    if (this.#socket.readyState === this.#socket.OPEN) {
      this.close(POLICY_VIOLATION, `over ${MAX_INBOUND_PER_SECOND} messages a second`)
    }
    return false
  }
}
