/**
 * A stream as the stages see it: what the operator wants (desired state) and what is (actual state).
 * REST writes the desired record; ingest and infer report actual state. Imported by every stage.
 */
import type { BudgetEvent } from '../budget/degradation.js'
import type { DropReason, FrameBalance } from '../frame/balance.js'
import type { DecoderReport, DecoderWish } from './decoder.js'

export const streamIdPattern = '^[a-z0-9_-]{1,64}$'

/** What an operator declares. */
export interface StreamSpec {
  id: string
  /** With its credentials. Never logged, never answered: see `shared/secrets`. */
  url: string
  /** Name of a model, with its precision where that is not fp32; null is the default model. */
  model: string | null
  /** Frame rate cap; null takes every frame the camera sends. */
  fps: number | null
  /** 1 (first to be degraded) … 9 (last). */
  priority: number
  enabled: boolean
  /** A smaller model that it may run with while its device cannot carry its own; null or absent: none. */
  fallbackModel?: string | null
  /** What should decode it, `auto` where nothing is said; see `DecoderReport` for what does. */
  decoder?: DecoderWish
}

/** The slots that belong to one stream, and its row of counters, both in the slab. */
export interface RingReservation {
  row: number
  slots: readonly number[]
}

/** The desired state of a stream as Redis holds it. */
export interface DesiredStream extends Omit<StreamSpec, 'url'> {
  /** The source URL, encrypted (`shared/secrets/seal.ts`). */
  sealedUrl: string
  /** The source URL without its credentials: safe to show. */
  shownUrl: string
  ring: RingReservation
  /** Rises with every change. */
  revision: number
  createdAtMs: number
  updatedAtMs: number
}

export const streamStates = [
  'connecting',
  'live',
  'stalled',
  'backing_off',
  'failed',
  'paused',
  'closed',
] as const
export type StreamState = (typeof streamStates)[number]

/** Why a stream is in its state; `text` is a sentence for a person and holds no secret. */
export interface StateReason {
  code: ReasonCode
  text: string
}

export const reasonCodes = [
  'unauthorized',
  'not_found',
  'no_video',
  'unsupported_codec',
  'connection_refused',
  'host_unreachable',
  'unknown_host',
  'no_answer',
  'camera_error',
  'no_frames',
  'frame_gap',
  'source_ended',
  'decoder_exited',
  'invalid_source',
  'paused_by_operator',
  'paused_by_budget',
  'removed',
  'waiting_for_slab',
  'model_unavailable',
  'model_no_room',
  'ingest_down',
  'shutdown',
] as const
export type ReasonCode = (typeof reasonCodes)[number]

export interface SourceInfo {
  widthPx: number
  heightPx: number
  codec: string
  fps: number | null
}

/** What ingest reports of one stream, once a second and at every change of state. */
export interface IngestReport {
  state: StreamState
  reason: StateReason | null
  /** When the state began, wall time. */
  sinceMs: number
  source: SourceInfo | null
  /** Frames per second written to the ring, over the last seconds. */
  receivedFps: number
  /** Decoder starts since registration, less the first. */
  restarts: number
  /** Corruption warnings of the decoder. */
  decodeErrors: number
  decoderPid: number | null
  /** True while the decoder reads key frames only, because the cap allows it. */
  keyframesOnly: boolean
  decoder: DecoderReport
  atMs: number
}

/** What infer reports of one stream, once a second. */
export interface InferReport {
  balance: FrameBalance
  inferredFps: number
  /** Captured → serialised, over the last seconds; null before the first result. */
  lagP50Ms: number | null
  lagP99Ms: number | null
  detectionsLast: number
  atMs: number
}

/** A change of state, as the events stream and the WebSocket carry it. */
export interface StreamStateEvent {
  type: 'stream.state'
  v: 1
  stream: string
  state: StreamState
  reason: StateReason | null
  since: number
}

/** Frames lost since the last such event of the stream. */
export interface DropsEvent {
  type: 'drops'
  v: 1
  stream: string
  at: number
  drops: Partial<Record<DropReason, number>>
}

export type RingsideEvent = StreamStateEvent | DropsEvent | BudgetEvent
