/** The reading end of a decoder's pixels: the kernel copies from the pipe straight to where the sink wants them. */
import net from 'node:net'

/** Takes the bytes of frames. `buffer` is asked for before each read, `advance` told after it. */
export interface FrameSink {
  /** Where the next bytes go; never empty. */
  buffer(): Uint8Array
  advance(bytes: number): void
}

export interface PixelReader {
  /** Resolves when the last byte was read, or the reader closed. */
  ended: Promise<void>
  /** No byte is written to the sink's memory afterwards. */
  close(): void
}

export function readPixels(fd: number, sink: FrameSink): PixelReader {
  const onread: net.OnReadOpts = {
    buffer: () => sink.buffer(),
    callback: bytes => {
      sink.advance(bytes)
      return true
    },
  }
  // The constructor takes `onread` as `connect` does; only its types do not say so.
  const options: net.SocketConstructorOpts & { onread: net.OnReadOpts } = {
    fd,
    readable: true,
    writable: false,
    onread,
  }
  const socket = new net.Socket(options)
  const ended = new Promise<void>(resolve => socket.once('close', () => resolve()))
  socket.on('error', () => socket.destroy()) // then 'close' follows; the process's exit tells the reason
  socket.resume()
  return { ended, close: () => void socket.destroy() }
}
