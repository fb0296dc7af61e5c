/** Frames that wait for a batch: one entry a frame ref that intake accepted. Bounded by the slots of the slab, since a slot has one live ref. */
import type { FrameRef } from '../../shared/frame/frame-ref.js'
import type { PendingFrame } from './choose-batch.js'

export interface PendingRef extends PendingFrame {
  ref: FrameRef
  /** When its ref came (`monotonicMs()`). */
  acceptedMs: number
}

export class Pending {
  /** Slot → the newest ref of it; an older one of the same slot is stale by definition. */
  readonly #bySlot = new Map<number, PendingRef>()
  #arrivals = 0

  get size(): number {
    return this.#bySlot.size
  }

  add(ref: FrameRef, committedMs: number, acceptedMs: number): void {
    this.#bySlot.delete(ref.slot)
    this.#bySlot.set(ref.slot, { ref, stream: ref.stream, seq: this.#arrivals++, committedMs, acceptedMs })
  }

  remove(frames: readonly PendingRef[]): void {
    for (const { ref } of frames) {
      if (this.#bySlot.get(ref.slot)?.ref === ref) this.#bySlot.delete(ref.slot)
    }
  }

  list(): PendingRef[] {
    return [...this.#bySlot.values()]
  }
}
