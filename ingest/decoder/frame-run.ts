/** One FFmpeg process that ends by itself: gives I420 frames of one size on its standard output, one after another. */
import { spawn } from 'node:child_process'
import { RingsideError } from '../../shared/errors.js'
import type { Ffmpeg } from './ffmpeg-path.js'
import { environment } from './process.js'

/** What FFmpeg says of a failure; of more only the end is kept. */
const MESSAGE_CHARS = 2000

/** `-fps_mode` came with 5.1. */
export function everyFrameOnce({ modern }: Ffmpeg): string[] {
  return modern ? ['-fps_mode', 'passthrough'] : ['-vsync', 'passthrough']
}

/**
 * It needs no watchdog of its own: it reads files of this host, and its end of the pipe breaks when we die.
 * @param args everything between the common flags and the output.
 * @throws RingsideError `picture_unreadable` with what FFmpeg says, after the frames that it did give.
 */
export async function* framesOfRun(
  ffmpeg: Ffmpeg,
  args: readonly string[],
  frameBytes: number,
): AsyncGenerator<Uint8Array> {
  const output = ['-pix_fmt', 'yuv420p', '-f', 'rawvideo', 'pipe:1']
  const child = spawn(ffmpeg.path, ['-hide_banner', '-nostdin', '-loglevel', 'error', ...args, ...output], {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: '/',
    env: environment(),
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-MESSAGE_CHARS)
  })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  ended.catch(() => undefined) // told below, once the frames are through
  try {
    yield* framesOf(child.stdout, frameBytes)
    if ((await ended) !== 0) throw failed(said)
  } finally {
    child.kill('SIGKILL')
  }
}

async function* framesOf(bytes: AsyncIterable<Buffer>, frameBytes: number): AsyncGenerator<Uint8Array> {
  let frame = new Uint8Array(frameBytes)
  let filled = 0
  for await (const chunk of bytes) {
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + frameBytes - filled)
      frame.set(part, filled)
      filled += part.length
      at += part.length
      if (filled < frameBytes) continue
      yield frame
      frame = new Uint8Array(frameBytes)
      filled = 0
    }
  }
}

function failed(said: string): RingsideError {
  const first = said
    .trim()
    .split('\n')[0]!
    .replace(/^\[\w+ @ 0x\w+\] /, '')
  return new RingsideError('picture_unreadable', `FFmpeg cannot decode it: ${first || 'no reason given'}.`)
}
