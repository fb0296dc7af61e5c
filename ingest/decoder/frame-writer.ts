/**
 * Cuts a decoder's bytes into frames and puts each into a slot of the stream's ring.
 *
 *   between frames ── first bytes ──► in a frame ── last byte ──► committed, its ref handed on
 *                                         │
 *                                         └── decoder ended ──► abandoned, with a reason
 *
 * The first bytes go to a small buffer: a slot is taken when a frame has begun, not while one is waited for.
 */
import zlib from 'node:zlib'
import { monotonicMs } from '../../shared/clock.js'
import type { DropReason } from '../../shared/frame/balance.js'
import type { FrameRef } from '../../shared/frame/frame-ref.js'
import type { RingWriter } from '../../shared/slab/ring-writer.js'
import type { FrameSink } from './reader.js'

const HEAD_BYTES = 4096

/** A stream's ring in one slab. */
export interface Ring {
  writer: RingWriter
  slabId: string
  frameBytes: number
  checksum: boolean
}

/** A frame rate cap. */
export interface FrameLimit {
  /** False where the frame is above it: it is counted as `rate_limited`. */
  admit(nowMs: number): boolean
}

/** What the writer needs of the session. */
export interface FrameOwner {
  epoch: number
  limit: FrameLimit
  /** Size of the source's frames at this moment, or null while it is not known. */
  sourceSize(): { widthPx: number; heightPx: number } | null
  committed(ring: Ring, ref: FrameRef): void
  /** After every whole frame, also one that was dropped. */
  arrived(): void
}

export class FrameWriter implements FrameSink {
  readonly #owner: FrameOwner
  readonly #head: Uint8Array
  #ring: Ring
  #nextRing: Ring
  #inFrame = false
  /** null: the frame is dropped already, and its bytes go to `#scratch`. */
  #slot: number | null = null
  #target: Uint8Array
  #scratch: Uint8Array | null = null
  #filled = 0
  #seq = 0
  #firstByteMonoMs = 0

  constructor(ring: Ring, owner: FrameOwner) {
    this.#ring = ring
    this.#nextRing = ring
    this.#owner = owner
    this.#head = new Uint8Array(Math.min(HEAD_BYTES, ring.frameBytes))
    this.#target = this.#head
  }

  /** The ring that a frame is being written to. */
  get ring(): Ring {
    return this.#ring
  }

  /** Frames from the next on go to another ring of the same frame size; seq goes on. */
  moveTo(ring: Ring): void {
    this.#nextRing = ring
    if (!this.#inFrame) this.#ring = ring
  }

  buffer(): Uint8Array {
    return this.#inFrame ? this.#target.subarray(this.#filled) : this.#head
  }

  advance(bytes: number): void {
    if (!this.#inFrame) this.#begin(bytes)
    this.#filled += bytes
    if (this.#filled === this.#ring.frameBytes) this.#finish()
  }

  /** The decoder gives no more bytes: a frame that was begun is dropped. Idempotent. */
  end(reason: DropReason): void {
    if (this.#inFrame && this.#slot !== null) this.#ring.writer.abandon(this.#slot, reason)
    this.#rest()
  }

  #begin(bytes: number): void {
    this.#firstByteMonoMs = monotonicMs()
    this.#slot = this.#takeSlot()
    this.#target = this.#slot === null ? this.#discard() : this.#ring.writer.pixels(this.#slot)
    this.#target.set(this.#head.subarray(0, bytes))
    this.#inFrame = true
  }

  #takeSlot(): number | null {
    const { writer } = this.#ring
    if (this.#owner.limit.admit(this.#firstByteMonoMs)) return writer.acquire()
    writer.refuse('rate_limited')
    return null
  }

  #discard(): Uint8Array {
    this.#scratch ??= new Uint8Array(this.#ring.frameBytes)
    return this.#scratch
  }

  #finish(): void {
    const size = this.#owner.sourceSize()
    if (this.#slot !== null) {
      if (size) this.#commit(this.#slot, size)
      else this.#ring.writer.abandon(this.#slot, 'decode_error') // boxes on it could not be mapped back
    }
    this.#rest()
    this.#owner.arrived()
  }

  #commit(slot: number, size: { widthPx: number; heightPx: number }): void {
    const ref = this.#ring.writer.commit(slot, {
      sessionEpoch: this.#owner.epoch,
      seq: this.#seq++,
      firstByteMonoMs: this.#firstByteMonoMs,
      capturedWallMs: Date.now(),
      sourceWidthPx: size.widthPx,
      sourceHeightPx: size.heightPx,
      checksum: this.#ring.checksum ? zlib.crc32(this.#target) : 0,
    })
    this.#owner.committed(this.#ring, ref)
  }

  /** Between frames nothing points into a slab: it may be unmapped. */
  #rest(): void {
    this.#inFrame = false
    this.#slot = null
    this.#filled = 0
    this.#target = this.#head
    this.#ring = this.#nextRing
  }
}
