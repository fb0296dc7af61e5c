/** The way out to one client. While its socket is behind, messages wait in our own bounded queue, and pictures give way first. */
import type { WebSocket } from 'ws'
import type { ServerMessage } from '../../shared/api/views.js'
import { ByteQueue } from './byte-queue.js'

/** More than this unsent in the socket means that the client is behind. */
const HIGH_WATER_BYTES = 64 * 1024

/** Totals of all clients, for metrics. */
export interface LiveCounters {
  messagesSent: number
  messagesLost: number
  picturesSent: number
  picturesLost: number
  malformed: number
}

type Socket = Pick<WebSocket, 'readyState' | 'OPEN' | 'bufferedAmount' | 'send' | 'ping'>

export class Outbox {
  readonly #socket: Socket
  readonly #counters: LiveCounters
  readonly #queue: ByteQueue
  /** The newest picture of each stream that could not be sent yet. */
  readonly #pictures = new Map<string, Buffer>()
  #lostTotal = 0

  constructor(socket: Socket, queueBytes: number, counters: LiveCounters) {
    this.#socket = socket
    this.#counters = counters
    this.#queue = new ByteQueue(queueBytes)
  }

  tell(message: ServerMessage): void {
    this.send(Buffer.from(JSON.stringify(message)))
  }

  /** @param keep gives the bytes in a form that may be held for long; called only where they have to wait. */
  send(bytes: Buffer, keep: (bytes: Buffer) => Buffer = same): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    if (this.#queue.length === 0 && this.#socket.bufferedAmount < HIGH_WATER_BYTES) this.#write(bytes)
    else this.#counters.messagesLost += this.#queue.push(keep(bytes))
  }

  /** A picture only goes where nothing else waits; of those that wait, the newest of each stream is kept. */
  sendPicture(stream: string, bytes: Buffer): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    if (this.#queue.length === 0 && this.#socket.bufferedAmount === 0) this.#writePicture(bytes)
    else {
      if (this.#pictures.has(stream)) this.#counters.picturesLost++
      this.#pictures.set(stream, bytes)
    }
  }

  /** Forgets what waits of pictures that are not wanted any more. */
  keepPicturesOf(streams: ReadonlySet<string>): void {
    for (const stream of this.#pictures.keys()) if (!streams.has(stream)) this.#pictures.delete(stream)
  }

  ping(): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.ping('', false, this.#flushed)
  }

  #write(bytes: Buffer): void {
    this.#counters.messagesSent++
    this.#socket.send(bytes, { binary: false, compress: false }, this.#flushed)
  }

  #writePicture(bytes: Buffer): void {
    this.#counters.picturesSent++
    this.#socket.send(bytes, { binary: true, compress: false }, this.#flushed)
  }

  /** Whatever waits, waits behind a write: the end of that write goes on with it. A failed write ends in `close`. */
  readonly #flushed = (error?: Error | null): void => {
    if (!error) this.#drain()
  }

  #drain(): void {
    while (this.#socket.readyState === this.#socket.OPEN && this.#socket.bufferedAmount < HIGH_WATER_BYTES) {
      const lost = this.#queue.takeLost()
      if (lost > 0) this.#tellLost(lost)
      const next = this.#queue.shift()
      if (next === undefined) break
      this.#write(next)
    }
    if (this.#queue.length === 0 && this.#socket.bufferedAmount === 0) this.#drainPicture()
  }

  /** Comes where the lost messages were: before those that were kept. */
  #tellLost(messages: number): void {
    this.#lostTotal += messages
    this.#write(Buffer.from(JSON.stringify({ type: 'lost', messages, total: this.#lostTotal })))
  }

  #drainPicture(): void {
    const waiting = this.#pictures.entries().next().value
    if (!waiting) return
    this.#pictures.delete(waiting[0])
    this.#writePicture(waiting[1])
  }
}

function same(bytes: Buffer): Buffer {
  return bytes
}
