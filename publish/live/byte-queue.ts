/**
 * Messages that wait for a slow client, bounded in bytes. A full queue loses its oldest messages, and counts them:
 *
 *   push ──► [ newest … oldest ] ──► shift        full: the oldest fall out ──► takeLost()
 */

/** Where this many places at the front are empty, the list is moved to its beginning. */
const COMPACT_AT = 1024
const EMPTY = Buffer.alloc(0)

export class ByteQueue {
  readonly #capacityBytes: number
  #list: Buffer[] = []
  #head = 0
  #bytes = 0
  #lost = 0

  constructor(capacityBytes: number) {
    this.#capacityBytes = capacityBytes
  }

  get length(): number {
    return this.#list.length - this.#head
  }

  get bytes(): number {
    return this.#bytes
  }

  /** @returns how many messages were lost to make room; a message larger than the whole queue is lost itself. */
  push(message: Buffer): number {
    let lost = 0
    if (message.length > this.#capacityBytes) lost = 1
    else {
      for (; this.#bytes + message.length > this.#capacityBytes; lost++) this.shift()
      this.#list.push(message)
      this.#bytes += message.length
    }
    this.#lost += lost
    return lost
  }

  shift(): Buffer | undefined {
    const message = this.#list[this.#head]
    if (message === undefined) return undefined
    this.#list[this.#head++] = EMPTY // let go of the bytes now, not when the list is moved
    this.#bytes -= message.length
    if (this.#head === this.#list.length || this.#head >= COMPACT_AT) {
      this.#list = this.#list.slice(this.#head)
      this.#head = 0
    }
    return message
  }

  /** Messages lost since this was asked last. */
  takeLost(): number {
    const lost = this.#lost
    this.#lost = 0
    return lost
  }
}
