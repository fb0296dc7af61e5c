/** One message on its way to many clients: its bytes as infer serialised them, parsed and filtered at most once a filter. */
import type { DetectionsMessage } from '../../shared/detection/message.js'
import type { Subscription } from './subscription.js'

export class LiveMessage {
  /** null: it is about no stream, and for everybody. */
  readonly stream: string | null
  #bytes: Buffer
  #isOwn = false
  readonly #filterable: boolean
  #parsed: DetectionsMessage | null = null
  #isMalformed = false
  readonly #byFilter = new Map<string, Buffer>()

  /** @param filterable false for events, which every subscriber of the stream gets whole. */
  constructor(stream: string | null, bytes: Buffer, filterable: boolean) {
    this.stream = stream
    this.#bytes = bytes
    this.#filterable = filterable
  }

  /** Whether a filter was asked of bytes that are no detections message. */
  get isMalformed(): boolean {
    return this.#isMalformed
  }

  /** What a client of this subscription is sent: the very bytes, where it filters nothing; null where it cannot be filtered. */
  bytesFor(subscription: Subscription | null): Buffer | null {
    const key = subscription?.filterKey ?? null
    if (subscription === null || key === null || !this.#filterable) return this.#bytes
    if (this.#isMalformed) return null
    let bytes = this.#byFilter.get(key)
    if (!bytes) {
      const message = this.#parse()
      if (!message) return null
      bytes = this.#filtered(message, subscription)
      this.#byFilter.set(key, bytes)
    }
    return bytes
  }

  /**
   * The same bytes to be kept for longer. What Redis delivers is a view of a chunk of up to 64 KiB: a waiting
   * message would hold all of it, and a queue of bounded bytes would not be bounded.
   */
  keep(bytes: Buffer): Buffer {
    if (bytes !== this.#bytes) return bytes
    if (!this.#isOwn) this.#bytes = Buffer.from(bytes)
    this.#isOwn = true
    return this.#bytes
  }

  #filtered(message: DetectionsMessage, subscription: Subscription): Buffer {
    const detections = message.detections.filter(detection => subscription.keeps(detection))
    if (detections.length === message.detections.length) return this.#bytes
    return Buffer.from(JSON.stringify({ ...message, detections }))
  }

  /** Bytes that infer garbled must not end the stage that forwards them. */
  #parse(): DetectionsMessage | null {
    try {
      this.#parsed ??= JSON.parse(this.#bytes.toString('utf8')) as DetectionsMessage
      this.#isMalformed = !Array.isArray(this.#parsed.detections)
    } catch {
      this.#isMalformed = true
    }
    return this.#isMalformed ? null : this.#parsed
  }
}
