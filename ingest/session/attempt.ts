/** One attempt at a stream: one decoder from its start to its end, watched, with the reason why it ended. */
import type { DropReason } from '../../shared/frame/balance.js'
import type { Log } from '../../shared/log.js'
import type { ReasonCode, SourceInfo, StateReason } from '../../shared/stream/stream.js'
import { Decoder, type DecoderRequest } from '../decoder/decoder.js'
import { reasonOf } from '../decoder/failure.js'
import { type FrameOwner, FrameWriter, type Ring } from '../decoder/frame-writer.js'
import { RateLimit } from '../decoder/rate-limit.js'
import { type DecoderEvent, isKnownEncoding } from '../decoder/stderr.js'
import { KeyframeTrial } from './keyframe-trial.js'
import { Watchdog, type WatchdogSettings } from './watchdog.js'

/** An encoding that FFmpeg does not know shows in no message: only by this long without a source. */
const UNKNOWN_CODEC_MS = 2500

export type AttemptEnd =
  | { kind: 'ended'; reason: StateReason }
  /** The camera or the slab changed its frame size, or key frames come too seldom: a new decoder at once. */
  | { kind: 'restart'; keyframesTooRare: boolean }
  /** `stop` was called. */
  | { kind: 'stopped' }

export interface AttemptRequest {
  decoder: DecoderRequest
  ring: Ring
  epoch: number
  watchdog: WatchdogSettings
}

/** What a session hears of its attempt. */
export interface AttemptListener {
  frame(ring: Ring, ref: Parameters<FrameOwner['committed']>[1]): void
  source(source: SourceInfo): void
  corruption(): void
  /** No frame for too long; the attempt ends itself. */
  gap(reason: StateReason): void
}

export class Attempt {
  readonly ended: Promise<AttemptEnd>
  readonly #request: AttemptRequest
  readonly #listener: AttemptListener
  readonly #decoder: Decoder
  readonly #writer: FrameWriter
  readonly #watchdog: Watchdog
  readonly #trial: KeyframeTrial | null
  #end: AttemptEnd | null = null
  #failure: ReasonCode | null = null
  #source: SourceInfo | null = null
  #size: { widthPx: number; heightPx: number } | null = null
  #unknownEncoding = false
  #live = false

  constructor(request: AttemptRequest, listener: AttemptListener, log: Log) {
    this.#request = request
    this.#listener = listener
    const { maxFps, keyframesOnly } = request.decoder
    this.#trial = keyframesOnly && maxFps !== null ? new KeyframeTrial(maxFps) : null
    this.#watchdog = new Watchdog(request.watchdog, code => this.#expire(code))
    this.#writer = new FrameWriter(request.ring, this.#owner(new RateLimit(maxFps)))
    this.#decoder = new Decoder(request.decoder, this.#writer, event => this.#hear(event), log)
    this.ended = this.#decoder.ended.then(({ code }) => this.#conclude(code))
  }

  get pid(): number | null {
    return this.#decoder.pid
  }

  /** The ring that frames go to now. */
  get ring(): Ring {
    return this.#writer.ring
  }

  moveTo(ring: Ring): void {
    this.#writer.moveTo(ring)
  }

  /** Ends the attempt; `ended` follows within the decoder's grace. A frame in progress is dropped for `reason`. */
  stop(reason: DropReason): void {
    this.#finish({ kind: 'stopped' }, reason)
  }

  /** Ends it for a new decoder at once: the slab's frames have another size, or there is no slab. */
  restart(): void {
    this.#finish({ kind: 'restart', keyframesTooRare: false }, 'decode_error')
  }

  #owner(limit: RateLimit): FrameOwner {
    return {
      epoch: this.#request.epoch,
      limit,
      sourceSize: () => {
        this.#decoder.drainMessages()
        return this.#end ? null : this.#size
      },
      committed: (ring, ref) => this.#listener.frame(ring, ref),
      arrived: () => this.#arrived(),
    }
  }

  #arrived(): void {
    if (this.#end) return
    this.#live = true
    this.#failure = null // whatever FFmpeg complained of, it went on
    this.#watchdog.frame(this.#intervalMs())
    if (this.#trial?.frame(performance.now()) === 'too_rare')
      this.#finish({ kind: 'restart', keyframesTooRare: true }, 'decode_error')
  }

  /** The slower of the camera and the cap sets the pace. */
  #intervalMs(): number {
    const { maxFps } = this.#request.decoder
    const sourceFps = this.#source?.fps || null
    return Math.max(maxFps ? 1000 / maxFps : 0, sourceFps ? 1000 / sourceFps : 0)
  }

  #hear(event: DecoderEvent): void {
    if (this.#end) return
    if (event.kind === 'described') this.#described(event.video)
    else if (event.kind === 'source') this.#learn(event.source)
    else if (event.kind === 'geometry') this.#measure(event)
    else if (event.kind === 'corruption') this.#listener.corruption()
    else if (event.kind === 'failure') this.#fear(event.code)
  }

  /** FFmpeg goes on reading what it cannot decode; of other failures it ends by itself. */
  #fear(code: ReasonCode): void {
    this.#failure ??= code
    if (code === 'unsupported_codec' && !this.#live) this.#fail(code)
  }

  #described(video: readonly string[]): void {
    if (video.length === 0) this.#fail('no_video')
    this.#unknownEncoding = !isKnownEncoding(video)
    this.#watchdog.described(this.#unknownEncoding ? UNKNOWN_CODEC_MS : undefined)
  }

  #learn(source: SourceInfo): void {
    this.#watchdog.described() // a file has no SDP
    this.#unknownEncoding = false
    this.#source = { ...source, ...this.#size }
    if (source.widthPx > 0) this.#listener.source(this.#source)
  }

  /** A decoder has one source size for its life: frames of two sizes in one pipe could not be told apart. */
  #measure({ widthPx, heightPx }: { widthPx: number; heightPx: number }): void {
    const changed = this.#size && (this.#size.widthPx !== widthPx || this.#size.heightPx !== heightPx)
    if (changed) this.restart()
    if (this.#size) return
    this.#size = { widthPx, heightPx }
    this.#source = { ...(this.#source ?? { codec: 'unknown', fps: null }), widthPx, heightPx }
    this.#listener.source(this.#source)
  }

  #expire(code: ReasonCode): void {
    if (this.#trial && code !== 'no_answer')
      this.#finish({ kind: 'restart', keyframesTooRare: true }, 'decode_error')
    else if (code === 'frame_gap') this.#listener.gap(this.#reason(code))
    this.#fail(code === 'no_frames' && this.#unknownEncoding ? 'unsupported_codec' : code)
  }

  #fail(code: ReasonCode): void {
    this.#finish({ kind: 'ended', reason: this.#reason(code) }, 'decode_error')
  }

  #finish(end: AttemptEnd, dropped: DropReason): void {
    if (this.#end) return
    this.#end = end
    this.#watchdog.close()
    this.#writer.end(dropped)
    this.#decoder.stop()
  }

  /** The decoder ended by itself, whatever its exit code, or because it was told to. */
  #conclude(code: number | null): AttemptEnd {
    this.#watchdog.close()
    this.#writer.end('decode_error')
    this.#end ??= { kind: 'ended', reason: this.#reason(this.#failure ?? this.#guess(code)) }
    return this.#end
  }

  #guess(code: number | null): ReasonCode {
    if (code === 0) return 'source_ended'
    return this.#live || this.#source ? 'decoder_exited' : 'no_answer'
  }

  #reason(code: ReasonCode): StateReason {
    return reasonOf(code, this.#request.decoder.source.shown)
  }
}
