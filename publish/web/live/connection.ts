/**
 * The WebSocket and its life: it reconnects by itself, and says again after each reconnection what is wanted.
 *
 *   closed ──open()──► connecting ──────────► open ──lost──► waiting ──back-off──► connecting
 */
import type { ClientMessage, ServerMessage } from '../../../shared/api/views.js'
import type { DetectionsMessage } from '../../../shared/detection/message.js'
import type { DropsEvent, StreamStateEvent } from '../../../shared/stream/stream.js'
import { createValue } from '../store/value.js'
import { backoffMs } from './backoff.js'
import { decodePicture, type Picture } from './picture.js'

export type LiveMessage = ServerMessage | DetectionsMessage | StreamStateEvent | DropsEvent

export interface ConnectionStatus {
  state: 'closed' | 'connecting' | 'open' | 'waiting'
  /** Wall time of the next try; null unless waiting. */
  retryAtMs: number | null
  /** Messages that this client was too slow for, since the page was opened. */
  messagesLost: number
  /** What the server last refused, in its words. */
  refusal: string | null
}

export class LiveConnection {
  readonly status = createValue<ConnectionStatus>({
    state: 'closed',
    retryAtMs: null,
    messagesLost: 0,
    refusal: null,
  })
  readonly #connect: () => WebSocket
  readonly #messageListeners = new Set<(message: LiveMessage) => void>()
  readonly #pictureListeners = new Set<(picture: Picture) => void>()
  #socket: WebSocket | null = null
  #wanted: ClientMessage = { type: 'unsubscribe' }
  #attempt = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(connect: () => WebSocket) {
    this.#connect = connect
  }

  open(): void {
    if (this.#socket) return
    clearTimeout(this.#timer)
    this.#patch({ state: 'connecting', retryAtMs: null })
    const socket = this.#connect()
    socket.binaryType = 'arraybuffer'
    socket.onopen = () => this.#onOpen()
    socket.onmessage = event => this.#onMessage(event.data as string | ArrayBuffer)
    socket.onclose = () => this.#onClose()
    this.#socket = socket
  }

  close(): void {
    clearTimeout(this.#timer)
    const socket = this.#socket
    this.#socket = null
    if (socket) {
      socket.onclose = null
      socket.close()
    }
    this.#patch({ state: 'closed', retryAtMs: null })
  }

  /** Ends the wait, where there is one. */
  retryNow(): void {
    if (this.status.get().state === 'waiting') this.open()
  }

  /** Replaces what is wanted, now and after each reconnection. */
  want(message: ClientMessage): void {
    this.#wanted = message
    this.#send()
  }

  onMessage(listener: (message: LiveMessage) => void): () => void {
    this.#messageListeners.add(listener)
    return () => this.#messageListeners.delete(listener)
  }

  onPicture(listener: (picture: Picture) => void): () => void {
    this.#pictureListeners.add(listener)
    return () => this.#pictureListeners.delete(listener)
  }

  #onOpen(): void {
    this.#attempt = 0
    this.#patch({ state: 'open', refusal: null })
    this.#send()
  }

  #onClose(): void {
    this.#socket = null
    const delayMs = backoffMs(this.#attempt++, Math.random())
    this.#patch({ state: 'waiting', retryAtMs: Date.now() + delayMs })
    this.#timer = setTimeout(() => this.open(), delayMs)
  }

  #onMessage(data: string | ArrayBuffer): void {
    if (typeof data !== 'string') {
      const picture = decodePicture(data)
      for (const listener of this.#pictureListeners) listener(picture)
      return
    }
    const message = JSON.parse(data) as LiveMessage
    if (message.type === 'lost')
      this.#patch({ messagesLost: this.status.get().messagesLost + message.messages })
    if (message.type === 'error') this.#patch({ refusal: `${message.detail} ${message.remedy}` })
    for (const listener of this.#messageListeners) listener(message)
  }

  #send(): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(this.#wanted))
  }

  #patch(change: Partial<ConnectionStatus>): void {
    this.status.set({ ...this.status.get(), ...change })
  }
}
