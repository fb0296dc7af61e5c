/** What ingest and a decoder process say to each other, over Node's IPC channel: a source's address is in no argument and no environment. */
import type { DropReason } from '../../../shared/frame/balance.js'
import type { RingAddress } from '../backend.js'
import type { DecoderEvent } from '../event.js'
import type { FrameShape } from '../filters.js'

/** One stream to decode. `id` names it in this process only. */
export interface StartOrder {
  kind: 'start'
  id: number
  source: { kind: 'rtsp' | 'file'; address: string }
  ring: RingAddress
  shape: FrameShape
  epoch: number
  maxFps: number | null
  keyframesOnly: boolean
  maxPixels: number
  /** A file is played as fast as it can be decoded. */
  unpaced: boolean
}

export type ToDecoder =
  | StartOrder
  | { kind: 'move'; id: number; ring: RingAddress }
  | { kind: 'cap'; id: number; maxFps: number | null }
  | { kind: 'stop'; id: number; reason: DropReason }

/** Why a stream ended in a process that lives on. */
export type StreamEnd =
  | { kind: 'exited'; code: number | null }
  /** NVDEC does not decode this; a software decoder may. */
  | { kind: 'refused'; why: string }

export type FromDecoder =
  /** It can decode. */
  | { kind: 'ready' }
  /** It cannot, and exits. */
  | { kind: 'unavailable'; why: string }
  | { kind: 'event'; id: number; event: DecoderEvent }
  /** A frame was committed. */
  | { kind: 'frame'; id: number; slabEpoch: number; slot: number; generation: number }
  /** A frame came and was dropped; it is counted in the slab. */
  | { kind: 'dropped'; id: number }
  | { kind: 'ended'; id: number; end: StreamEnd }
  /** Redacted. */
  | { kind: 'log'; text: string }
