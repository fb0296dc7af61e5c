/**
 * Takes files of given names out of a .tgz, from whatever folder of it. Whatever else is in it is skipped: links and
 * paths of an archive are never followed, since only names that the caller gave are written, into a folder of its own.
 *
 *   archive │ header 512 │ contents, padded to 512 │ header │ … │ two blocks of zeros     (POSIX.1-1988, ustar)
 */
import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import fs, { type FileHandle } from 'node:fs/promises'
import path from 'node:path'
import { createGunzip } from 'node:zlib'
import type { FileDigest } from './catalogue.js'

const BLOCK_BYTES = 512
const MAX_FILE_BYTES = 2 ** 31
const MAX_ENTRIES = 10_000
/** Regular files, in the two ways of writing that. */
const REGULAR = new Set(['0', '\0'])

/** The archive is cut short, damaged, or none. */
export class TarError extends Error {}

/**
 * @param onBytes how much of the contents was read, in all.
 * @returns digests of what was written, by name; each is on the disk.
 * @throws TarError; errors of zlib and of the file system.
 */
export async function extract(
  archive: string,
  names: readonly string[],
  to: string,
  onBytes: (bytes: number) => void = () => undefined,
): Promise<Map<string, FileDigest>> {
  const entries = new Entries(names, to)
  const input = createReadStream(archive, { highWaterMark: 1 << 20 })
  const contents = createGunzip({ chunkSize: 1 << 20 })
  input.on('error', error => contents.destroy(error))
  let read = 0
  try {
    for await (const chunk of input.pipe(contents)) {
      await entries.take(chunk as Buffer)
      read += (chunk as Buffer).length
      onBytes(read)
    }
    return entries.finish()
  } finally {
    input.destroy()
    await entries.close()
  }
}

/** A file that is being written. */
interface Target {
  name: string
  handle: FileHandle
  hash: Hash
  bytes: number
}

class Entries {
  readonly #written = new Map<string, FileDigest>()
  #header = Buffer.alloc(0)
  #target: Target | null = null
  /** Of the current entry: contents, then padding. */
  #contentLeft = 0
  #paddingLeft = 0
  #count = 0
  #ended = false

  constructor(
    private readonly names: readonly string[],
    private readonly to: string,
  ) {}

  async take(chunk: Buffer): Promise<void> {
    for (let at = 0; at < chunk.length && !this.#ended; ) {
      if (this.#contentLeft > 0) at += await this.#content(chunk.subarray(at))
      else if (this.#paddingLeft > 0) at += this.#padding(chunk.length - at)
      else at += await this.#headerPart(chunk.subarray(at))
    }
  }

  finish(): Map<string, FileDigest> {
    if (this.#contentLeft > 0 || !this.#ended) throw new TarError('it is cut short')
    return this.#written
  }

  async close(): Promise<void> {
    await this.#target?.handle.close()
    this.#target = null
  }

  async #headerPart(bytes: Buffer): Promise<number> {
    const part = bytes.subarray(0, BLOCK_BYTES - this.#header.length)
    this.#header = Buffer.concat([this.#header, part])
    if (this.#header.length < BLOCK_BYTES) return part.length
    const header = this.#header
    this.#header = Buffer.alloc(0)
    if (header.every(byte => byte === 0)) this.#ended = true
    else await this.#open(header)
    return part.length
  }

  async #open(header: Buffer): Promise<void> {
    checkHeader(header, ++this.#count)
    this.#contentLeft = octal(header, 124, 12)
    this.#paddingLeft = (BLOCK_BYTES - (this.#contentLeft % BLOCK_BYTES)) % BLOCK_BYTES
    const name = path.posix.basename(text(header, 0, 100))
    const regular = REGULAR.has(String.fromCharCode(header[156] as number))
    if (!regular || !this.names.includes(name)) return
    if (this.#written.has(name) || this.#target) throw new TarError(`it holds ${name} twice`)
    const handle = await fs.open(path.join(this.to, name), 'wx', 0o644)
    this.#target = { name, handle, hash: createHash('sha256'), bytes: 0 }
    if (this.#contentLeft === 0) await this.#closeTarget()
  }

  async #content(bytes: Buffer): Promise<number> {
    const part = bytes.subarray(0, this.#contentLeft)
    this.#contentLeft -= part.length
    if (!this.#target) return part.length
    await this.#target.handle.appendFile(part)
    this.#target.hash.update(part)
    this.#target.bytes += part.length
    if (this.#contentLeft === 0) await this.#closeTarget()
    return part.length
  }

  #padding(available: number): number {
    const skipped = Math.min(this.#paddingLeft, available)
    this.#paddingLeft -= skipped
    return skipped
  }

  async #closeTarget(): Promise<void> {
    if (!this.#target) return
    const { name, handle, hash, bytes } = this.#target
    await handle.sync()
    await this.close()
    this.#written.set(name, { sha256: hash.digest('hex'), bytes })
  }
}

function checkHeader(header: Buffer, count: number): void {
  if (count > MAX_ENTRIES) throw new TarError(`it has more than ${MAX_ENTRIES} entries`)
  // The sum takes its own field for spaces.
  const sum = header.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0)
  if (octal(header, 148, 8) !== sum) throw new TarError('a header of it is damaged, or it is no tar archive')
  if (octal(header, 124, 12) > MAX_FILE_BYTES) throw new TarError('a file in it is too large')
}

function octal(header: Buffer, at: number, length: number): number {
  const digits = text(header, at, length).trim()
  if (!/^[0-7]+$/.test(digits)) throw new TarError('a number in a header of it is none')
  return Number.parseInt(digits, 8)
}

function text(header: Buffer, at: number, length: number): string {
  const field = header.toString('latin1', at, at + length)
  const end = field.indexOf('\0')
  return end < 0 ? field : field.slice(0, end)
}
