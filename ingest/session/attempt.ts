/** One attempt at a stream: one decoder from its start to its end, watched, with the reason why it ended. */
import type { DropReason } from '../../shared/frame/balance.js'
import type { FrameRef } from '../../shared/frame/frame-ref.js'
import type { Log } from '../../shared/log.js'
import type { CaptureClock } from '../../shared/stream/decoder.js'
import type { ReasonCode, SourceInfo, StateReason } from '../../shared/stream/stream.js'
import type {
  DecodeRequest,
  DecoderBackend,
  DecoderEnd,
  DecoderListener,
  DecoderRing,
  RunningDecoder,
} from '../decoder/backend.js'
import type { DecoderEvent } from '../decoder/event.js'
import { reasonOf } from '../decoder/failure.js'
import { KeyframeTrial } from './keyframe-trial.js'
import { Watchdog, type WatchdogSettings } from './watchdog.js'

/** An encoding that FFmpeg does not know shows in no message: only by this long without a source. */
const UNKNOWN_CODEC_MS = 2500

export type AttemptEnd =
  | { kind: 'ended'; reason: StateReason; crashed: boolean }
  /** The camera or the slab changed its frame size, or key frames come too seldom: a new decoder at once. */
  | { kind: 'restart'; keyframesTooRare: boolean }
  /** The backend cannot decode this source: another one at once. */
  | { kind: 'refused'; why: string }
  /** `stop` was called. */
  | { kind: 'stopped' }

export interface AttemptRequest {
  backend: DecoderBackend
  decoder: DecodeRequest
  watchdog: WatchdogSettings
}

/** What a session hears of its attempt. */
export interface AttemptListener {
  frame(ring: DecoderRing, ref: FrameRef): void
  /** What is known of the source, and of whose clock stamps its frames. */
  source(source: SourceInfo, clock: CaptureClock): void
  corruption(): void
  /** No frame for too long; the attempt ends itself. */
  gap(reason: StateReason): void
}

export class Attempt {
  readonly ended: Promise<AttemptEnd>
  readonly #request: AttemptRequest
  readonly #listener: AttemptListener
  readonly #decoder: RunningDecoder
  readonly #watchdog: Watchdog
  #trial: KeyframeTrial | null
  #end: AttemptEnd | null = null
  #failure: ReasonCode | null = null
  #source: SourceInfo | null = null
  #size: { widthPx: number; heightPx: number } | null = null
  #clock: CaptureClock = 'arrival'
  #unknownEncoding = false
  #live = false
  #maxFps: number | null

  constructor(request: AttemptRequest, listener: AttemptListener, log: Log) {
    this.#request = request
    this.#listener = listener
    const { maxFps, keyframesOnly } = request.decoder
    this.#maxFps = maxFps
    this.#trial = keyframesOnly && maxFps !== null ? new KeyframeTrial(maxFps) : null
    this.#watchdog = new Watchdog(request.watchdog, code => this.#expire(code))
    let concluded: (end: AttemptEnd) => void
    this.ended = new Promise(resolve => {
      concluded = resolve
    })
    const hearing = this.#hearing(end => concluded(this.#conclude(end)))
    this.#decoder = request.backend.start(request.decoder, hearing, log)
  }

  get pid(): number | null {
    return this.#decoder.pid
  }

  /** The ring that frames go to now. */
  get ring(): DecoderRing {
    return this.#decoder.ring
  }

  get maxFps(): number | null {
    return this.#maxFps
  }

  moveTo(ring: DecoderRing): void {
    this.#decoder.change({ ring })
  }

  /** Another frame rate cap from the next frame on. @returns false where only a new decoder gives so many frames. */
  capAt(maxFps: number | null): boolean {
    if (maxFps === this.#maxFps) return true
    if (!this.#decoder.change({ maxFps })) return false
    this.#maxFps = maxFps
    this.#trial = null // it was for the cap before
    if (this.#live) this.#watchdog.frame(this.#intervalMs())
    return true
  }

  /** Ends the attempt; `ended` follows within the decoder's grace. A frame in progress is dropped for `reason`. */
  stop(reason: DropReason): void {
    this.#finish({ kind: 'stopped' }, reason)
  }

  /** Ends it for a new decoder at once: the slab's frames have another size, or there is no slab. */
  restart(): void {
    this.#finish({ kind: 'restart', keyframesTooRare: false }, 'decode_error')
  }

  #hearing(ended: (end: DecoderEnd) => void): DecoderListener {
    return {
      committed: (ring, ref) => this.#listener.frame(ring, ref),
      arrived: () => this.#arrived(),
      event: event => this.#hear(event),
      ended,
    }
  }

  #arrived(): void {
    if (this.#end) return
    this.#live = true
    this.#failure = null // whatever the decoder complained of, it went on
    this.#watchdog.frame(this.#intervalMs())
    if (this.#trial?.frame(performance.now()) === 'too_rare')
      this.#finish({ kind: 'restart', keyframesTooRare: true }, 'decode_error')
  }

  /** The slower of the camera and the cap sets the pace. */
  #intervalMs(): number {
    const maxFps = this.#maxFps
    const sourceFps = this.#source?.fps || null
    return Math.max(maxFps ? 1000 / maxFps : 0, sourceFps ? 1000 / sourceFps : 0)
  }

  #hear(event: DecoderEvent): void {
    if (this.#end) return
    if (event.kind === 'described') this.#described(event)
    else if (event.kind === 'source') this.#learn(event.source)
    else if (event.kind === 'geometry') this.#measure(event)
    else if (event.kind === 'clock') this.#stamp(event.clock)
    else if (event.kind === 'corruption') this.#listener.corruption()
    else if (event.kind === 'failure') this.#fear(event.code)
  }

  /** A decoder may go on reading what it cannot decode; of other failures it ends by itself. */
  #fear(code: ReasonCode): void {
    this.#failure ??= code
    if (code === 'unsupported_codec' && !this.#live) this.#fail(code)
  }

  #described({ video, known }: Extract<DecoderEvent, { kind: 'described' }>): void {
    if (video.length === 0) this.#fail('no_video')
    this.#unknownEncoding = !known
    this.#watchdog.described(known ? undefined : UNKNOWN_CODEC_MS)
  }

  #learn(source: SourceInfo): void {
    this.#watchdog.described() // a file has no SDP
    this.#unknownEncoding = false
    this.#source = { ...source, ...this.#size }
    if (source.widthPx > 0) this.#listener.source(this.#source, this.#clock)
  }

  #measure({ widthPx, heightPx }: { widthPx: number; heightPx: number }): void {
    this.#size = { widthPx, heightPx }
    this.#source = { ...(this.#source ?? { codec: 'unknown', fps: null }), widthPx, heightPx }
    this.#listener.source(this.#source, this.#clock)
  }

  #stamp(clock: CaptureClock): void {
    this.#clock = clock
    if (this.#source) this.#listener.source(this.#source, clock)
  }

  #expire(code: ReasonCode): void {
    if (this.#trial && code !== 'no_answer')
      this.#finish({ kind: 'restart', keyframesTooRare: true }, 'decode_error')
    else if (code === 'frame_gap') this.#listener.gap(this.#reason(code))
    this.#fail(code === 'no_frames' && this.#unknownEncoding ? 'unsupported_codec' : code)
  }

  #fail(code: ReasonCode): void {
    this.#finish({ kind: 'ended', reason: this.#reason(code), crashed: false }, 'decode_error')
  }

  #finish(end: AttemptEnd, dropped: DropReason): void {
    if (this.#end) return
    this.#end = end
    this.#watchdog.close()
    this.#decoder.stop(dropped)
  }

  /** The decoder ended by itself, whatever its exit code, or because it was told to. */
  #conclude(end: DecoderEnd): AttemptEnd {
    this.#watchdog.close()
    this.#end ??= this.#ownEnd(end)
    return this.#end
  }

  #ownEnd(end: DecoderEnd): AttemptEnd {
    if (end.kind === 'resized') return { kind: 'restart', keyframesTooRare: false }
    if (end.kind === 'refused') return end
    if (end.kind === 'crashed')
      return { kind: 'ended', reason: this.#reason('decoder_exited'), crashed: true }
    return { kind: 'ended', reason: this.#reason(this.#failure ?? this.#guess(end.code)), crashed: false }
  }

  #guess(code: number | null): ReasonCode {
    if (code === 0) return 'source_ended'
    return this.#live || this.#source ? 'decoder_exited' : 'no_answer'
  }

  #reason(code: ReasonCode): StateReason {
    return reasonOf(code, this.#request.decoder.source.shown)
  }
}
