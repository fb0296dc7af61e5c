/**
 * When the frames that a decoder has in hand were captured: by the camera's own clock where it sends RTCP sender reports,
 * else by ours when their packet arrived. A decoder gives frames in another order than it takes packets, so times are kept
 * by presentation time until their frame comes out.
 */
import type { CaptureClock } from '../../../shared/stream/decoder.js'

/** A camera whose clock is further off than this has no clock worth using. */
export const MAX_SKEW_MS = 10_000
/** More frames than any decoder holds back; times of frames that never came out must not gather. */
const MAX_HELD = 64

export interface CaptureTime {
  /** Our monotonic clock, when the packet was read. */
  arrivedMonoMs: number
  capturedWallMs: number
  clock: CaptureClock
}

export class CaptureTimes {
  readonly #held = new Map<bigint, CaptureTime>()
  #last: CaptureTime | null = null

  /** @param cameraWallMs what the camera says of this packet, null where it says nothing. */
  packet(pts: bigint, arrivedMonoMs: number, arrivedWallMs: number, cameraWallMs: number | null): void {
    const credible = cameraWallMs !== null && Math.abs(cameraWallMs - arrivedWallMs) <= MAX_SKEW_MS
    const time: CaptureTime = credible
      ? { arrivedMonoMs, capturedWallMs: cameraWallMs, clock: 'camera' }
      : { arrivedMonoMs, capturedWallMs: arrivedWallMs, clock: 'arrival' }
    if (this.#held.size >= MAX_HELD) this.#held.clear()
    this.#held.set(pts, time)
    this.#last = time
  }

  /** Of the frame with this presentation time; where none is known, of the newest packet. */
  take(pts: bigint): CaptureTime | null {
    const time = this.#held.get(pts)
    this.#held.delete(pts)
    return time ?? this.#last
  }
}

/** AVProducerReferenceTime: `int64_t wallclock` in microseconds since 1970, then flags (libavutil/defs.h of FFmpeg 8: avcodec/defs.h). */
export function wallMsOfReferenceTime(sideData: Buffer | null): number | null {
  return sideData && sideData.length >= 8 ? Number(sideData.readBigInt64LE(0)) / 1000 : null
}
