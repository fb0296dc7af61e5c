/** The decoder backends: what a stream may ask for, what decodes it, and whose clock stamps its frames. */

/** In the order in which they are tried. */
export const decoderBackends = ['nvdec', 'libav', 'ffmpeg'] as const
export type DecoderBackendName = (typeof decoderBackends)[number]

/** `auto` takes the first that works; a named one falls back to those after it. */
export const decoderWishes = ['auto', ...decoderBackends] as const
export type DecoderWish = (typeof decoderWishes)[number]

/** `camera`: its own wall clock, from RTCP sender reports; `arrival`: ours, when the frame came. */
export const captureClocks = ['camera', 'arrival'] as const
export type CaptureClock = (typeof captureClocks)[number]

/** What a stream asked for and what it got. */
export interface DecoderReport {
  wanted: DecoderWish
  /** Null while nothing decodes. */
  used: DecoderBackendName | null
  /** Why it is not the first of those wanted; a sentence without a secret. */
  reason: string | null
  /** Whose clock `capturedAt` is: the camera's where it sends RTCP sender reports, else ours when the frame arrived. */
  clock: CaptureClock
}
