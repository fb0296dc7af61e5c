/**
 * The writing end of one stream's ring. Exactly one process writes a ring: its ingest.
 *
 *            acquire                commit
 *   FREE ───────────────► WRITING ───────────► READY      (then infer: see lease.ts)
 *    ▲                       │                   │
 *    └────── abandon ────────┘◄── oldest READY ──┘  the ring is full: counted `ring_overwrite`
 */

import { monotonicMs } from '../clock.js'
import type { DropReason } from '../frame/balance.js'
import type { FrameRef } from '../frame/frame-ref.js'
import type { RingReservation } from '../stream/stream.js'
import {
  generationOf,
  nextGeneration,
  SlotDouble,
  SlotState,
  SlotWord,
  stateOf,
  stateWord,
} from './layout.js'
import { FrameLedger } from './ledger.js'
import type { Slab } from './slab.js'

/** What the writer knows of a frame when its last byte is in the slot. */
export interface FrameStamp {
  sessionEpoch: number
  seq: number
  firstByteMonoMs: number
  capturedWallMs: number
  sourceWidthPx: number
  sourceHeightPx: number
  checksum: number
}

export class RingWriter {
  readonly ledger: FrameLedger
  readonly #slab: Slab
  readonly #stream: string
  readonly #slots: readonly number[]
  readonly #leaseTimeoutMs: number

  /** Takes the ring over: a row of another registration starts from 0; frames half written by a dead writer are dropped. */
  constructor(
    slab: Slab,
    ring: RingReservation,
    stream: { id: string; incarnation: number },
    leaseTimeoutMs: number,
  ) {
    this.#slab = slab
    this.#stream = stream.id
    this.#slots = ring.slots
    this.#leaseTimeoutMs = leaseTimeoutMs
    this.ledger = new FrameLedger(slab, ring.row)
    const known = this.ledger.stream === stream.id && this.ledger.incarnation === stream.incarnation
    for (const slot of ring.slots) {
      const words = slab.words(slot)
      if (!known || words[SlotWord.ROW] !== ring.row) forceFree(slab, slot)
      else if (this.#swap(slot, SlotState.WRITING, SlotState.FREE)) this.ledger.drop('decode_error')
      words[SlotWord.ROW] = ring.row
    }
    if (!known) this.ledger.assign(stream.id, stream.incarnation)
  }

  /**
   * A slot to write the next frame into, counted as received; the caller owns it until `commit` or `abandon`.
   * @returns null where every slot is leased: the frame is counted as `ring_overwrite` and its bytes must be discarded.
   */
  acquire(): number | null {
    const slot = this.#takeFree() ?? this.#takeOldestReady() ?? this.#takeExpiredLease()
    this.ledger.received()
    if (slot === null) {
      this.ledger.drop('ring_overwrite')
      return null
    }
    this.#slab.words(slot)[SlotWord.OWNER_PID] = process.pid
    return slot
  }

  /** The pixels of an acquired slot. */
  pixels(slot: number): Uint8Array {
    return this.#slab.pixels(slot)
  }

  /** Hands the frame over to infer: the slot is no longer the writer's. */
  commit(slot: number, stamp: FrameStamp): FrameRef {
    const words = this.#slab.words(slot)
    const doubles = this.#slab.doubles(slot)
    words[SlotWord.SEQ] = stamp.seq
    words[SlotWord.CHECKSUM] = stamp.checksum | 0
    words[SlotWord.SOURCE_WIDTH] = stamp.sourceWidthPx
    words[SlotWord.SOURCE_HEIGHT] = stamp.sourceHeightPx
    doubles[SlotDouble.SESSION_EPOCH] = stamp.sessionEpoch
    doubles[SlotDouble.FIRST_BYTE_MONO] = stamp.firstByteMonoMs
    doubles[SlotDouble.CAPTURED_WALL] = stamp.capturedWallMs
    doubles[SlotDouble.COMMITTED_MONO] = monotonicMs()
    const word = Atomics.load(words, SlotWord.STATE)
    Atomics.store(words, SlotWord.STATE, stateWord(generationOf(word), SlotState.READY))
    return { slabEpoch: this.#slab.epoch, slot, generation: generationOf(word), stream: this.#stream }
  }

  /** Gives an acquired slot back unwritten; the frame is dropped for `reason`. */
  abandon(slot: number, reason: DropReason): void {
    this.ledger.drop(reason)
    this.#swap(slot, SlotState.WRITING, SlotState.FREE)
  }

  #takeFree(): number | null {
    for (const slot of this.#slots) if (this.#acquireFrom(slot, SlotState.FREE)) return slot
    return null
  }

  #takeOldestReady(): number | null {
    const ready = this.#slots
      .filter(slot => stateOf(Atomics.load(this.#slab.words(slot), SlotWord.STATE)) === SlotState.READY)
      .sort((a, b) => this.#committedAt(a) - this.#committedAt(b))
    for (const slot of ready) {
      if (this.#acquireFrom(slot, SlotState.READY)) {
        this.ledger.drop('ring_overwrite')
        return slot
      }
    }
    return this.#takeFree() // infer may have freed one while we looked
  }

  #takeExpiredLease(): number | null {
    for (const slot of this.#slots) {
      const age = monotonicMs() - (this.#slab.doubles(slot)[SlotDouble.LEASED_MONO] as number)
      if (age > this.#leaseTimeoutMs && this.#acquireFrom(slot, SlotState.LEASED)) {
        this.ledger.drop('engine_error')
        return slot
      }
    }
    return null
  }

  #acquireFrom(slot: number, from: SlotState): boolean {
    const words = this.#slab.words(slot)
    const seen = Atomics.load(words, SlotWord.STATE)
    if (stateOf(seen) !== from) return false
    return (
      Atomics.compareExchange(
        words,
        SlotWord.STATE,
        seen,
        stateWord(nextGeneration(seen), SlotState.WRITING),
      ) === seen
    )
  }

  #swap(slot: number, from: SlotState, to: SlotState): boolean {
    const words = this.#slab.words(slot)
    const seen = Atomics.load(words, SlotWord.STATE)
    if (stateOf(seen) !== from) return false
    return Atomics.compareExchange(words, SlotWord.STATE, seen, stateWord(generationOf(seen), to)) === seen
  }

  #committedAt(slot: number): number {
    return this.#slab.doubles(slot)[SlotDouble.COMMITTED_MONO] as number
  }
}

/** Its stream is gone: frames that wait are dropped, and the row is free for another stream. Call where nobody writes to it. */
export function retireRow(slab: Slab, row: number): void {
  for (let slot = 0; slot < slab.layout.slotCount; slot++) {
    if (slab.words(slot)[SlotWord.ROW] === row) forceFree(slab, slot)
  }
  new FrameLedger(slab, row).assign('', 0)
}

/** Whatever the slot held belonged to another stream: its readers find another generation. */
function forceFree(slab: Slab, slot: number): void {
  const words = slab.words(slot)
  for (;;) {
    const seen = Atomics.load(words, SlotWord.STATE)
    const free = stateWord(nextGeneration(seen), SlotState.FREE)
    if (Atomics.compareExchange(words, SlotWord.STATE, seen, free) === seen) return
  }
}
