/** What every decoder backend is to a stream: started for one ring, it writes that ring until it is stopped or ends. */
import type { DropReason } from '../../shared/frame/balance.js'
import type { FrameRef } from '../../shared/frame/frame-ref.js'
import type { Log } from '../../shared/log.js'
import type { DecoderBackendName } from '../../shared/stream/decoder.js'
import type { RingReservation } from '../../shared/stream/stream.js'
import type { DecoderEvent } from './event.js'
import type { FrameShape } from './filters.js'
import type { Ring } from './frame-writer.js'
import type { Source } from './source.js'

/** Where a ring lies, for a process that maps the slab itself. */
export interface RingAddress {
  path: string
  slabEpoch: number
  reservation: RingReservation
  stream: string
  incarnation: number
  leaseTimeoutMs: number
  checksum: boolean
}

/** A ring that any backend can write. Exactly one writes it at a time: the one that was started for it, until it ended. */
export interface DecoderRing extends Ring {
  address: RingAddress
  shape: FrameShape
  /** Takes the ring back from a writer that died: frames half written by it are dropped. */
  retake(): void
}

export interface DecodeRequest {
  source: Source
  ring: DecoderRing
  /** Session epoch of the frames. */
  epoch: number
  /** Frame rate cap; null passes every frame. */
  maxFps: number | null
  /** Decode key frames only: a fraction of the CPU where the cap is lower than their rate. */
  keyframesOnly: boolean
  maxPixels: number
  /** A file is played as fast as it can be decoded: for measurements. */
  unpaced?: boolean
  killGraceMs: number
}

export type DecoderEnd =
  /** It ended by itself; 0 where the source simply ended. */
  | { kind: 'exited'; code: number | null }
  /** A new decoder is needed at once: it cannot go on with another frame size. */
  | { kind: 'resized' }
  /** Its process died, with whatever else it decoded. */
  | { kind: 'crashed' }
  /** This backend cannot decode this source; another can. `why` is a sentence without a secret. */
  | { kind: 'refused'; why: string }

/** What an attempt hears of its decoder. */
export interface DecoderListener {
  /** A frame lies in a slot of the ring; the ring is infer's from here on. */
  committed(ring: DecoderRing, ref: FrameRef): void
  /** After every whole frame, also one that was dropped. */
  arrived(): void
  event(event: DecoderEvent): void
  /** Once; no frame is written afterwards. */
  ended(end: DecoderEnd): void
}

/** What may become another while a decoder runs: its ring, of the same frame shape or with other slots; its frame rate cap. */
export type DecoderChange = { ring: DecoderRing } | { maxFps: number | null }

export interface RunningDecoder {
  readonly pid: number | null
  /** The ring that frames go to now. */
  readonly ring: DecoderRing
  /** Holds from the next frame on; seq goes on. @returns false where it would have to be begun anew for that. */
  change(change: DecoderChange): boolean
  /** `ended` follows within the grace; a frame in progress is dropped for `reason`. Idempotent. */
  stop(reason: DropReason): void
}

export interface DecoderBackend {
  readonly name: DecoderBackendName
  /** Whether two of its decoders may write one ring for a moment, while one takes over from the other. */
  readonly sharesRing: boolean
  start(request: DecodeRequest, listener: DecoderListener, log: Log): RunningDecoder
}
