/** The reading end of a decoder's stderr: lines, as they come, and on demand those that wait in the pipe. */
import fs from 'node:fs'
import net from 'node:net'

const CHUNK_BYTES = 65_536
/** FFmpeg quotes what cameras send; a line without end is cut here. */
const MAX_LINE_BYTES = 8192

export class Messages {
  /** Resolves when the last line was given. */
  readonly ended: Promise<void>
  readonly #fd: number
  readonly #socket: net.Socket
  readonly #onLine: (line: string) => void
  readonly #chunk = Buffer.alloc(CHUNK_BYTES)
  #rest = ''
  #open = true

  constructor(fd: number, onLine: (line: string) => void) {
    this.#fd = fd
    this.#onLine = onLine
    this.#socket = new net.Socket({ fd, readable: true, writable: false })
    this.ended = new Promise(resolve => this.#socket.once('close', () => resolve()))
    this.#socket.on('data', chunk => this.#take(chunk))
    this.#socket.on('error', () => this.#socket.destroy()) // then 'close' follows: the lines are over
    this.#socket.once('end', () => {
      this.#open = false
      if (this.#rest) this.#onLine(this.#rest)
    })
    this.#socket.once('close', () => {
      this.#open = false
    })
  }

  /**
   * Gives the lines that were written until now. FFmpeg tells a new size before it writes the first frame of it:
   * a frame that is whole, and whose messages are read, has the size that was told last.
   */
  drain(): void {
    while (this.#open) {
      let bytes: number
      try {
        bytes = fs.readSync(this.#fd, this.#chunk)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return
        throw error
      }
      if (bytes === 0) return
      this.#take(this.#chunk.subarray(0, bytes))
    }
  }

  close(): void {
    this.#open = false
    this.#socket.destroy()
  }

  #take(chunk: Buffer): void {
    const lines = (this.#rest + chunk.toString('latin1')).split(/\r?\n/)
    this.#rest = (lines.pop() as string).slice(0, MAX_LINE_BYTES)
    for (const line of lines) this.#onLine(line.slice(0, MAX_LINE_BYTES))
  }
}
