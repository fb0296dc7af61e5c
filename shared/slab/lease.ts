/**
 * The reading end of every ring of a slab. Exactly one process reads a slab: its infer.
 *
 *             lease                 release
 *   READY ───────────────► LEASED ───────────────► FREE, and the frame is in the engine
 *     │                       │
 *     └── discard (stale) ────┴── reclaim: the lease is older than the timeout ──► FREE
 *
 * A ref whose generation differs is stale: whoever took the slot has counted that frame.
 */

import { monotonicMs } from '../clock.js'
import type { DropReason } from '../frame/balance.js'
import type { FrameRef } from '../frame/frame-ref.js'
import { type Change, DROPPED, ENTERED_ENGINE, LEFT_ENGINE } from './counters.js'
import { generationOf, SlotDouble, SlotState, SlotWord, stateOf, stateWord } from './layout.js'
import { FrameLedger } from './ledger.js'
import type { Slab } from './slab.js'

/** A frame that the reader holds; its pixels are its own until `release`. */
export interface LeasedFrame {
  slot: number
  generation: number
  row: number
  /** Of the row, when the frame was leased: its outcome counts in no other. */
  term: number
  stream: string
  sessionEpoch: number
  seq: number
  firstByteMonoMs: number
  committedMonoMs: number
  capturedWallMs: number
  sourceWidthPx: number
  sourceHeightPx: number
  checksum: number
}

export class SlabReader {
  readonly #slab: Slab
  readonly #ledgers: FrameLedger[]
  readonly #leaseTimeoutMs: number

  constructor(slab: Slab, leaseTimeoutMs: number) {
    this.#slab = slab
    this.#leaseTimeoutMs = leaseTimeoutMs
    this.#ledgers = Array.from({ length: slab.layout.rowCount }, (_, row) => new FrameLedger(slab, row))
  }

  get ledgers(): readonly FrameLedger[] {
    return this.#ledgers
  }

  /** When the frame was committed (`monotonicMs()`), or null where the ref is stale. Takes nothing. */
  committedAt(ref: FrameRef): number | null {
    if (!this.#names(ref)) return null
    const words = this.#slab.words(ref.slot)
    const current = Atomics.load(words, SlotWord.STATE) === stateWord(ref.generation, SlotState.READY)
    return current ? (this.#slab.doubles(ref.slot)[SlotDouble.COMMITTED_MONO] as number) : null
  }

  /** @returns null where the ref is stale; the frame is counted already. */
  lease(ref: FrameRef): LeasedFrame | null {
    if (!this.#names(ref)) return null
    const words = this.#slab.words(ref.slot)
    const doubles = this.#slab.doubles(ref.slot)
    doubles[SlotDouble.LEASED_MONO] = monotonicMs() // before the swap: a lease must never look older than it is
    const ready = stateWord(ref.generation, SlotState.READY)
    const leased = stateWord(ref.generation, SlotState.LEASED)
    if (Atomics.compareExchange(words, SlotWord.STATE, ready, leased) !== ready) return null
    words[SlotWord.OWNER_PID] = process.pid
    const row = words[SlotWord.ROW] as number
    return {
      slot: ref.slot,
      generation: ref.generation,
      row,
      term: this.#ledger(row).inferNow().term,
      stream: ref.stream,
      sessionEpoch: doubles[SlotDouble.SESSION_EPOCH] as number,
      seq: words[SlotWord.SEQ] as number,
      firstByteMonoMs: doubles[SlotDouble.FIRST_BYTE_MONO] as number,
      committedMonoMs: doubles[SlotDouble.COMMITTED_MONO] as number,
      capturedWallMs: doubles[SlotDouble.CAPTURED_WALL] as number,
      sourceWidthPx: words[SlotWord.SOURCE_WIDTH] as number,
      sourceHeightPx: words[SlotWord.SOURCE_HEIGHT] as number,
      checksum: words[SlotWord.CHECKSUM] as number,
    }
  }

  /** The pixels of a leased frame. */
  pixels(frame: LeasedFrame): Uint8Array {
    return this.#slab.pixels(frame.slot)
  }

  /**
   * Frees the slot once its pixels are copied; the frame is in the engine until `finish`.
   * @returns false where the lease was reclaimed meanwhile: the copy may be torn, its result must not be published.
   */
  release(frame: LeasedFrame): boolean {
    const { infer } = this.#ledger(frame.row)
    if (infer.term !== frame.term) return false
    return this.#free(frame.slot, stateWord(frame.generation, SlotState.LEASED), frame.row, ENTERED_ENGINE)
  }

  /** The outcome of a released frame. */
  finish(frame: LeasedFrame, outcome: 'inferred' | DropReason): void {
    const { infer } = this.#ledger(frame.row)
    if (infer.term === frame.term) infer.count(LEFT_ENGINE[outcome])
  }

  /** Drops a READY frame that nobody will infer. @returns false where the ref was stale already. */
  discard(ref: FrameRef, reason: DropReason): boolean {
    if (this.committedAt(ref) === null) return false
    const row = this.#slab.words(ref.slot)[SlotWord.ROW] as number
    return this.#free(ref.slot, stateWord(ref.generation, SlotState.READY), row, DROPPED[reason])
  }

  /** Settles what a reader that died left behind. Called once, before the first lease. @returns slots freed. */
  takeOver(): number {
    for (const ledger of this.#ledgers) ledger.settleDeadEngine()
    return this.#sweep(SlotState.LEASED, SlotDouble.LEASED_MONO, 0, 'engine_error')
  }

  /** Frees leases past their timeout, and READY frames whose ref was lost. @returns slots freed. */
  reclaim(maxReadyAgeMs: number): number {
    return (
      this.#sweep(SlotState.LEASED, SlotDouble.LEASED_MONO, this.#leaseTimeoutMs, 'engine_error') +
      this.#sweep(SlotState.READY, SlotDouble.COMMITTED_MONO, maxReadyAgeMs, 'stale_ref')
    )
  }

  #sweep(state: SlotState, stamp: number, olderThanMs: number, reason: DropReason): number {
    let freed = 0
    const now = monotonicMs()
    for (let slot = 0; slot < this.#slab.layout.slotCount; slot++) {
      const words = this.#slab.words(slot)
      const seen = Atomics.load(words, SlotWord.STATE)
      if (stateOf(seen) !== state || now - (this.#slab.doubles(slot)[stamp] as number) < olderThanMs) continue
      const row = words[SlotWord.ROW] as number
      if (this.#free(slot, seen, row, DROPPED[reason])) freed++
    }
    return freed
  }

  /**
   * Counts in the term that the row has now. That is the frame's, where the swap succeeds: before a row goes to another
   * registration its slots are void.
   */
  #free(slot: number, seen: number, row: number, change: Change): boolean {
    return this.#ledger(row)
      .inferNow()
      .swap(slot, seen, stateWord(generationOf(seen), SlotState.FREE), change)
  }

  #names(ref: FrameRef): boolean {
    return ref.slabEpoch === this.#slab.epoch && ref.slot >= 0 && ref.slot < this.#slab.layout.slotCount
  }

  #ledger(row: number): FrameLedger {
    return this.#ledgers[row] as FrameLedger
  }
}
