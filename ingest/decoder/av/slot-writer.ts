/** Puts the frames of one stream into slots of its ring: the decoder process's side of what FrameWriter is to FFmpeg's pipe. */
import zlib from 'node:zlib'
import type { DropReason } from '../../../shared/frame/balance.js'
import type { FrameRef } from '../../../shared/frame/frame-ref.js'
import type { RingAddress } from '../backend.js'
import { RateLimit } from '../rate-limit.js'
import type { CaptureTime } from './capture-times.js'
import type { MappedRing, MappedSlabs } from './slabs.js'

export interface PictureStamp {
  time: CaptureTime
  sourceWidthPx: number
  sourceHeightPx: number
}

export class SlotWriter {
  readonly #slabs: MappedSlabs
  readonly #epoch: number
  #limit: RateLimit
  #ring: MappedRing
  #next: RingAddress | null = null
  #seq = 0
  #slot: number | null = null

  constructor(slabs: MappedSlabs, ring: RingAddress, epoch: number, maxFps: number | null) {
    this.#slabs = slabs
    this.#epoch = epoch
    this.#limit = new RateLimit(maxFps)
    this.#ring = slabs.take(ring)
  }

  /** Whether a slot is being written at this moment. */
  get isWriting(): boolean {
    return this.#slot !== null
  }

  /** Frames from the next on go to another ring of the same frame shape; seq goes on. */
  moveTo(ring: RingAddress): void {
    this.#next = ring
  }

  capAt(maxFps: number | null): void {
    this.#limit = new RateLimit(maxFps)
  }

  /**
   * Writes one frame; it is counted, whatever becomes of it.
   * @param paint fills the pixels; where it returns a reason or throws, the frame is dropped.
   * @returns null where the frame was dropped.
   */
  async write(
    stamp: PictureStamp,
    paint: (pixels: Uint8Array) => Promise<DropReason | null>,
  ): Promise<FrameRef | null> {
    this.#move()
    const { writer } = this.#ring
    if (!this.#limit.admit(stamp.time.arrivedMonoMs)) {
      writer.refuse('rate_limited')
      return null
    }
    this.#slot = writer.acquire()
    if (this.#slot === null) return null
    const pixels = writer.pixels(this.#slot)
    const dropped = await this.#outcome(paint(pixels))
    return dropped === null ? this.#commit(this.#slot, stamp, pixels) : null
  }

  /** Counts a frame that is not to be written. */
  refuse(reason: DropReason): void {
    this.#move()
    this.#ring.writer.refuse(reason)
  }

  /** Call where nothing is being written: the slab may be unmapped. Idempotent. */
  close(): void {
    this.#ring.release()
  }

  async #outcome(painted: Promise<DropReason | null>): Promise<DropReason | null> {
    let dropped: DropReason | null = 'decode_error'
    try {
      dropped = await painted
    } finally {
      if (dropped !== null && this.#slot !== null) {
        this.#ring.writer.abandon(this.#slot, dropped)
        this.#slot = null
      }
    }
    return dropped
  }

  #commit(slot: number, { time, sourceWidthPx, sourceHeightPx }: PictureStamp, pixels: Uint8Array): FrameRef {
    const ref = this.#ring.writer.commit(slot, {
      sessionEpoch: this.#epoch,
      seq: this.#seq++,
      firstByteMonoMs: time.arrivedMonoMs,
      capturedWallMs: time.capturedWallMs,
      sourceWidthPx,
      sourceHeightPx,
      checksum: this.#ring.address.checksum ? zlib.crc32(pixels) : 0,
    })
    this.#slot = null
    return ref
  }

  #move(): void {
    if (!this.#next) return
    const before = this.#ring
    this.#ring = this.#slabs.take(this.#next)
    this.#next = null
    before.release()
  }
}
