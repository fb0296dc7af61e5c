/** A decoder: an FFmpeg process with its pixels, its messages and its end, as one thing that a session can start and stop. */
import type { Log } from '../../shared/log.js'
import { redactText } from '../../shared/secrets/redact.js'
import { type DecodeOptions, decoderArguments } from './command.js'
import type { DecoderEvent } from './event.js'
import type { Ffmpeg } from './ffmpeg-path.js'
import { Messages } from './messages.js'
import { type DecoderProcess, spawnDecoder } from './process.js'
import { type FrameSink, type PixelReader, readPixels } from './reader.js'
import { type Source, scriptOf } from './source.js'
import { StderrParser } from './stderr.js'

export interface DecoderRequest extends Omit<DecodeOptions, 'kind' | 'modern'> {
  ffmpeg: Ffmpeg
  source: Source
  killGraceMs: number
}

export class Decoder {
  /** Resolves when the process is gone and all it wrote was read. */
  readonly ended: Promise<{ code: number | null }>
  readonly pid: number | null
  readonly #process: DecoderProcess
  readonly #messages: Messages
  readonly #pixels: PixelReader
  readonly #killGraceMs: number

  constructor(request: DecoderRequest, sink: FrameSink, onEvent: (event: DecoderEvent) => void, log: Log) {
    const { ffmpeg, source } = request
    const args = decoderArguments({ ...request, kind: source.kind, modern: ffmpeg.modern })
    this.#killGraceMs = request.killGraceMs
    this.#process = spawnDecoder(ffmpeg.path, args, scriptOf(source, ffmpeg.modern), log)
    this.pid = this.#process.pid
    const parser = new StderrParser()
    this.#messages = new Messages(this.#process.messagesFd, line => {
      const event = parser.parse(line)
      if (event) onEvent(event)
      if (log.isLevelEnabled('debug') && troubled.test(line))
        log.debug({ ffmpeg: redactText(line) }, 'decoder')
    })
    this.#pixels = readPixels(this.#process.pixelsFd, sink)
    this.ended = Promise.all([this.#process.exited, this.#messages.ended, this.#pixels.ended]).then(
      ([{ code }]) => ({ code }),
    )
  }

  /** Gives the events of all messages written until now. */
  drainMessages(): void {
    this.#messages.drain()
  }

  /** No byte reaches the sink afterwards; `ended` follows within the grace. Idempotent. */
  stop(): void {
    this.#pixels.close()
    this.#process.stop(this.#killGraceMs)
    void this.#process.exited.then(() => this.#messages.close())
  }
}

const troubled = /\[(warning|error|fatal|panic)\]/
