/** The beginning of a file that is being downloaded: locked while it grows, hashed as it grows, kept with what the server said of the whole. */
import { createHash, type Hash } from 'node:crypto'
import fs, { type FileHandle } from 'node:fs/promises'
import { RingsideError } from '../../../shared/errors.js'
import { tryLock } from '../../../shared/native/file-lock.js'
import { hashOf } from './digest.js'

export class PartFile {
  readonly file: string
  readonly #handle: FileHandle
  #hash: Hash
  #bytes: number
  #validator: string | null

  private constructor(file: string, handle: FileHandle, hash: Hash, bytes: number, validator: string | null) {
    this.file = file
    this.#handle = handle
    this.#hash = hash
    this.#bytes = bytes
    this.#validator = validator
  }

  /** @throws RingsideError `download_failed` where another process fills it just now. */
  static async open(file: string): Promise<PartFile> {
    const handle = await fs.open(file, 'a')
    try {
      if (!tryLock(handle.fd)) throw busy(file)
      const { size } = await handle.stat()
      const validator = size > 0 ? await readValidator(file) : null
      return new PartFile(file, handle, await hashOf(file), size, validator)
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  get bytes(): number {
    return this.#bytes
  }

  /** ETag or Last-Modified of the file that this is the beginning of, where the server gave one that If-Range may name. */
  get validator(): string | null {
    return this.#validator
  }

  /** SHA-256 of what is there, in hex. */
  get digest(): string {
    return this.#hash.copy().digest('hex')
  }

  async append(chunk: Uint8Array): Promise<void> {
    await this.#handle.appendFile(chunk)
    this.#hash.update(chunk)
    this.#bytes += chunk.length
  }

  async restart(validator: string | null): Promise<void> {
    await this.#handle.truncate(0)
    this.#hash = createHash('sha256')
    this.#bytes = 0
    this.#validator = validator
    await fs.writeFile(besides(this.file), JSON.stringify({ validator }))
  }

  /** On the disk when this resolves. */
  async finish(): Promise<void> {
    await this.#handle.sync()
    await fs.rm(besides(this.file), { force: true })
  }

  async remove(): Promise<void> {
    await fs.rm(this.file, { force: true })
    await fs.rm(besides(this.file), { force: true })
  }

  close(): Promise<void> {
    return this.#handle.close()
  }
}

function besides(file: string): string {
  return `${file}.json`
}

/** Without it, or where a crash cut it short, the digest alone decides whether the beginning fits. */
async function readValidator(file: string): Promise<string | null> {
  const text = await fs.readFile(besides(file), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return 'null'
    throw error
  })
  try {
    const said = JSON.parse(text) as { validator?: unknown } | null
    return typeof said?.validator === 'string' ? said.validator : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

function busy(file: string): RingsideError {
  return new RingsideError('download_failed', 'Another process downloads this very file just now.', {
    key: 'file',
    value: file,
    remedy: 'Wait for it; `ringside model ls` shows the model when it is there.',
  })
}
