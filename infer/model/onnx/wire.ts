/** Walks protobuf wire format without building anything: tags, lengths and scalars of one message, within its bounds. */

/** What is wrong with the bytes; the caller knows the file's name. */
export class WireError extends Error {
  override readonly name = 'WireError'
}

/** As the wire names them; groups (3, 4) ended with proto2 and nest without a length, so they are refused. */
export const wireType = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const

const MAX_VARINT_BYTES = 10

export class WireCursor {
  at: number

  constructor(
    readonly bytes: Uint8Array,
    start: number,
    readonly end: number,
  ) {
    this.at = start
  }

  get done(): boolean {
    return this.at >= this.end
  }

  /** Exact up to 2^53, which no length or tag may reach. */
  varint(): number {
    let value = 0
    let factor = 1
    for (let i = 0; i < MAX_VARINT_BYTES; i++) {
      if (this.at >= this.end) throw new WireError('a number is cut off')
      const byte = this.bytes[this.at++]!
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
      factor *= 128
    }
    throw new WireError('a number is longer than 10 bytes')
  }

  /** Moves past `length` bytes and returns where they began. */
  take(length: number): number {
    const start = this.at
    if (length > this.end - start) throw new WireError(`a field of ${length} bytes is cut off`)
    this.at = start + length
    return start
  }

  /** How many varints a packed list holds. Moves past them. */
  countVarints(length: number): number {
    const start = this.take(length)
    if (length > 0 && this.bytes[this.at - 1]! >= 0x80) throw new WireError('a list of numbers is cut off')
    let count = 0
    for (let i = start; i < this.at; i++) if (this.bytes[i]! < 0x80) count++
    return count
  }
}
