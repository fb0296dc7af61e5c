/** The accounting of frames: every frame received ends in exactly one of these outcomes. */

export const dropReasons = [
  /** The ring was full: a newer frame took the slot, or no slot could be had. */
  'ring_overwrite',
  /** Too old, or superseded by a newer frame of its stream, when the batcher came to it. */
  'stale_ref',
  /** Above the stream's frame rate cap. */
  'rate_limited',
  /** Arrived while the stream was being paused or removed. */
  'paused',
  /** The engine failed, died with it, or gave an impossible result. */
  'engine_error',
  /** The decoder ended inside the frame. */
  'decode_error',
  /** Arrived while Ringside was stopping. */
  'shutdown',
] as const

export type DropReason = (typeof dropReasons)[number]

/** received = inferred + Σ drops + inFlight + residual; the residual is 0 unless accounting is broken. */
export interface FrameBalance {
  received: number
  inferred: number
  drops: Record<DropReason, number>
  inFlight: number
  residual: number
}

/** Of a stream that has frames in two slabs: each of them balances, and so does their sum. */
export function sumOf(a: FrameBalance, b: FrameBalance): FrameBalance {
  const drops = Object.fromEntries(
    dropReasons.map(reason => [reason, a.drops[reason] + b.drops[reason]]),
  ) as FrameBalance['drops']
  return {
    received: a.received + b.received,
    inferred: a.inferred + b.inferred,
    drops,
    inFlight: a.inFlight + b.inFlight,
    residual: a.residual + b.residual,
  }
}
