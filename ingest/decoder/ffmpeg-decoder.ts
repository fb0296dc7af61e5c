/** The `ffmpeg` backend: a process of its own for each stream, whose pixels come through a pipe straight into the slot. */
import type { DropReason } from '../../shared/frame/balance.js'
import type { Log } from '../../shared/log.js'
import type {
  DecodeRequest,
  DecoderBackend,
  DecoderChange,
  DecoderListener,
  DecoderRing,
  RunningDecoder,
} from './backend.js'
import { Decoder } from './decoder.js'
import type { DecoderEvent } from './event.js'
import type { Ffmpeg } from './ffmpeg-path.js'
import { type FrameOwner, FrameWriter } from './frame-writer.js'
import { LiveCap } from './live-cap.js'

export class FfmpegBackend implements DecoderBackend {
  readonly name = 'ffmpeg'
  /** All of its rings are written by this process, through one writer each. */
  readonly sharesRing = true

  constructor(private readonly ffmpeg: Ffmpeg) {}

  start(request: DecodeRequest, listener: DecoderListener, log: Log): RunningDecoder {
    return new FfmpegDecoder(this.ffmpeg, request, listener, log)
  }
}

class FfmpegDecoder implements RunningDecoder {
  readonly #listener: DecoderListener
  readonly #decoder: Decoder
  readonly #writer: FrameWriter
  readonly #cap: LiveCap
  #size: { widthPx: number; heightPx: number } | null = null
  #resized = false
  #stopped = false

  constructor(ffmpeg: Ffmpeg, request: DecodeRequest, listener: DecoderListener, log: Log) {
    this.#listener = listener
    this.#cap = new LiveCap(request.maxFps)
    this.#writer = new FrameWriter(request.ring, this.#owner(request))
    const { shape } = request.ring
    const hear = (event: DecoderEvent): void => this.#hear(event)
    this.#decoder = new Decoder({ ...request, ffmpeg, shape }, this.#writer, hear, log)
    void this.#decoder.ended.then(({ code }) => {
      this.#writer.end('decode_error')
      listener.ended(this.#resized ? { kind: 'resized' } : { kind: 'exited', code })
    })
  }

  get pid(): number | null {
    return this.#decoder.pid
  }

  get ring(): DecoderRing {
    return this.#writer.ring as DecoderRing // it was given no other
  }

  change(change: DecoderChange): boolean {
    if ('maxFps' in change) return this.#cap.change(change.maxFps)
    this.#writer.moveTo(change.ring)
    return true
  }

  stop(reason: DropReason): void {
    if (this.#stopped) return
    this.#stopped = true
    this.#writer.end(reason)
    this.#decoder.stop()
  }

  #owner({ epoch }: DecodeRequest): FrameOwner {
    return {
      epoch,
      limit: this.#cap,
      sourceSize: () => {
        this.#decoder.drainMessages()
        return this.#stopped ? null : this.#size
      },
      committed: (ring, ref) => this.#listener.committed(ring as DecoderRing, ref),
      arrived: () => this.#listener.arrived(),
    }
  }

  #hear(event: DecoderEvent): void {
    if (event.kind === 'geometry') this.#measure(event)
    else this.#listener.event(event)
  }

  /** It has one source size for its life: frames of two sizes in one pipe could not be told apart. */
  #measure(event: Extract<DecoderEvent, { kind: 'geometry' }>): void {
    const { widthPx, heightPx } = event
    if (!this.#size) {
      this.#size = { widthPx, heightPx }
      this.#listener.event(event)
    } else if (this.#size.widthPx !== widthPx || this.#size.heightPx !== heightPx) {
      this.#resized = true
      this.stop('decode_error')
    }
  }
}
