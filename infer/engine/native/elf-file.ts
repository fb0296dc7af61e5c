/** The bytes of an ELF file, 64 bits, little-endian: its header, segments and sections. Nothing outside the file is ever read, whatever it says. */
import fs from 'node:fs'

/** Source of every offset and constant: System V ABI, chapters 4 and 5; `elf.h`. */
const HEADER_BYTES = 64
const PROGRAM_HEADER_BYTES = 56
const SECTION_HEADER_BYTES = 64
const CLASS_64 = 2
const LITTLE_ENDIAN = 1
const TYPE_SHARED = 3
/** Real libraries have some 10 and 40. */
const MAX_HEADERS = 1024

/** The file is no library that the loader could load. */
export class ElfError extends Error {}

export interface Segment {
  type: number
  offset: number
  address: number
  fileBytes: number
}

export class ElfFile {
  readonly sizeBytes: number
  /** As `e_machine` has it: 62 is x86-64, 183 is AArch64. */
  readonly machine: number
  readonly segments: readonly Segment[]
  readonly #fd: number
  readonly #header: Buffer

  private constructor(fd: number) {
    this.#fd = fd
    this.sizeBytes = fs.fstatSync(fd).size
    this.#header = this.bytes(0, HEADER_BYTES)
    this.machine = this.#header.readUInt16LE(18)
    checkKind(this.#header)
    this.segments = this.#segments()
  }

  /** Reads what `use` reads and closes the file. @throws ElfError; a system error where the file cannot be opened. */
  static use<T>(path: string, use: (file: ElfFile) => T): T {
    const fd = fs.openSync(path, 'r')
    try {
      return use(new ElfFile(fd))
    } finally {
      fs.closeSync(fd)
    }
  }

  /** @throws ElfError where they are not all inside the file. */
  bytes(offset: number, length: number): Buffer {
    if (!(offset >= 0 && length >= 0 && offset + length <= this.sizeBytes))
      throw new ElfError(`it points outside itself: ${length} bytes at ${offset} of ${this.sizeBytes}`)
    const buffer = Buffer.alloc(length)
    for (let done = 0; done < length; ) {
      const read = fs.readSync(this.#fd, buffer, done, length - done, offset + done)
      if (read === 0) throw new ElfError('it ends while it is read')
      done += read
    }
    return buffer
  }

  /** Where in the file the bytes are that are loaded at `address`. @throws ElfError */
  offsetOf(address: number): number {
    const holder = this.segments.find(
      ({ type, address: from, fileBytes }) => type === 1 && address >= from && address < from + fileBytes,
    )
    if (!holder) throw new ElfError(`no segment is loaded at ${address}`)
    return holder.offset + address - holder.address
  }

  /** Contents of the section of this name; null where there is none, as in a library whose section table was stripped. */
  section(name: string): Buffer | null {
    const offset = word(this.#header, 40)
    const count = this.#header.readUInt16LE(60)
    if (offset === 0 || count === 0) return null
    const headers = this.#table(offset, this.#header.readUInt16LE(58), SECTION_HEADER_BYTES, count)
    const names = headers[this.#header.readUInt16LE(62)]
    if (!names) return null
    const texts = this.bytes(word(names, 24), word(names, 32))
    const found = headers.find(header => textAt(texts, header.readUInt32LE(0)) === name)
    return found ? this.bytes(word(found, 24), word(found, 32)) : null
  }

  #segments(): Segment[] {
    const header = this.#header
    const entries = this.#table(
      word(header, 32),
      header.readUInt16LE(54),
      PROGRAM_HEADER_BYTES,
      header.readUInt16LE(56),
    )
    return entries.map(entry => ({
      type: entry.readUInt32LE(0),
      offset: word(entry, 8),
      address: word(entry, 16),
      fileBytes: word(entry, 32),
    }))
  }

  #table(offset: number, entryBytes: number, wantedBytes: number, count: number): Buffer[] {
    if (entryBytes !== wantedBytes || count > MAX_HEADERS)
      throw new ElfError(`its table at ${offset} has ${count} entries of ${entryBytes} bytes`)
    const table = this.bytes(offset, entryBytes * count)
    return Array.from({ length: count }, (_, index) =>
      table.subarray(index * entryBytes, (index + 1) * entryBytes),
    )
  }
}

/** An unsigned 64-bit number that fits a file. @throws ElfError */
export function word(buffer: Buffer, offset: number): number {
  const value = buffer.readBigUInt64LE(offset)
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new ElfError(`it has an impossible number, ${value}`)
  return Number(value)
}

/** The text that ends with a zero byte. @throws ElfError where none does. */
export function textAt(table: Buffer, offset: number): string {
  const end = table.indexOf(0, offset)
  if (offset >= table.length || end < 0) throw new ElfError(`a name has no end, at ${offset}`)
  return table.toString('latin1', offset, end)
}

function checkKind(header: Buffer): void {
  if (header.readUInt32BE(0) !== 0x7f454c46) throw new ElfError('it is no ELF file')
  if (header[4] !== CLASS_64 || header[5] !== LITTLE_ENDIAN)
    throw new ElfError('it is not of a 64-bit, little-endian machine')
  if (header.readUInt16LE(16) !== TYPE_SHARED) throw new ElfError('it is no shared library')
}
