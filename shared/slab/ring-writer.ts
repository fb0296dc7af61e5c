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
import { ARRIVED, ARRIVED_AND_DROPPED, type Change, DROPPED } from './counters.js'
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
    this.ledger.ingest.settle()
    const known = this.ledger.stream === stream.id && this.ledger.incarnation === stream.incarnation
    if (known) for (const slot of ring.slots) this.#resume(slot, ring.row)
    else handOver(slab, this.ledger, ring, stream)
  }

  /**
   * A slot to write the next frame into, counted as received; the caller owns it until `commit` or `abandon`.
   * @returns null where every slot is leased: the frame is counted as `ring_overwrite` and its bytes must be discarded.
   */
  acquire(): number | null {
    const slot = this.#takeFree() ?? this.#takeOldestReady() ?? this.#takeExpiredLease()
    if (slot === null) this.refuse('ring_overwrite')
    else this.#slab.words(slot)[SlotWord.OWNER_PID] = process.pid
    return slot
  }

  /** Counts a frame that arrived and gets no slot. */
  refuse(reason: DropReason): void {
    this.ledger.ingest.count(ARRIVED_AND_DROPPED[reason])
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
    const seen = this.#stateWord(slot)
    if (stateOf(seen) !== SlotState.WRITING) return
    this.ledger.ingest.swap(slot, seen, stateWord(generationOf(seen), SlotState.FREE), DROPPED[reason])
  }

  /** A slot of the ring as the writer before left it. */
  #resume(slot: number, row: number): void {
    const words = this.#slab.words(slot)
    if (words[SlotWord.ROW] === row) this.abandon(slot, 'decode_error')
    else voidSlot(this.#slab, slot)
    words[SlotWord.ROW] = row
  }

  #takeFree(): number | null {
    for (const slot of this.#slots) {
      const seen = this.#stateWord(slot)
      if (stateOf(seen) !== SlotState.FREE || this.ledger.infer.undecided(slot, seen)) continue
      if (this.#take(slot, seen, ARRIVED)) return slot
    }
    return null
  }

  #takeOldestReady(): number | null {
    for (let attempt = 0; attempt < this.#slots.length; attempt++) {
      const slot = this.#oldestReady()
      if (slot === null) break
      const seen = this.#stateWord(slot)
      if (stateOf(seen) !== SlotState.READY) continue // leased while we looked
      if (this.#take(slot, seen, ARRIVED_AND_DROPPED.ring_overwrite)) return slot
    }
    return this.#takeFree() // infer may have freed one while we looked
  }

  #oldestReady(): number | null {
    let oldest: number | null = null
    for (const slot of this.#slots) {
      if (stateOf(this.#stateWord(slot)) !== SlotState.READY) continue
      if (oldest === null || this.#committedAt(slot) < this.#committedAt(oldest)) oldest = slot
    }
    return oldest
  }

  #takeExpiredLease(): number | null {
    for (const slot of this.#slots) {
      const seen = this.#stateWord(slot)
      const age = monotonicMs() - (this.#slab.doubles(slot)[SlotDouble.LEASED_MONO] as number)
      if (stateOf(seen) !== SlotState.LEASED || age <= this.#leaseTimeoutMs) continue
      if (this.#take(slot, seen, ARRIVED_AND_DROPPED.engine_error)) return slot
    }
    return null
  }

  #take(slot: number, seen: number, change: Change): boolean {
    return this.ledger.ingest.swap(slot, seen, stateWord(nextGeneration(seen), SlotState.WRITING), change)
  }

  #stateWord(slot: number): number {
    return Atomics.load(this.#slab.words(slot), SlotWord.STATE)
  }

  #committedAt(slot: number): number {
    return this.#slab.doubles(slot)[SlotDouble.COMMITTED_MONO] as number
  }
}

/** Its stream is gone: frames that wait are dropped, and the row is free for another stream. Call where nobody writes to it. */
export function retireRow(slab: Slab, row: number): void {
  handOver(slab, new FrameLedger(slab, row), { row, slots: [] }, { id: '', incarnation: 0 })
}

/**
 * The row keeps these slots alone: what waits in its others is dropped, and they are free for another stream. Call where nobody
 * writes to the row. What infer holds of them at this moment it frees itself.
 */
export function yieldSlots(slab: Slab, row: number, kept: readonly number[]): void {
  const { ingest } = new FrameLedger(slab, row)
  ingest.settle()
  for (let slot = 0; slot < slab.layout.slotCount; slot++) {
    const words = slab.words(slot)
    if (words[SlotWord.ROW] !== row || kept.includes(slot)) continue
    const seen = Atomics.load(words, SlotWord.STATE)
    if (stateOf(seen) !== SlotState.READY) continue
    // As a newer frame would take it, which then never comes.
    const taken = stateWord(nextGeneration(seen), SlotState.WRITING)
    if (!ingest.swap(slot, seen, taken, DROPPED.ring_overwrite)) continue
    ingest.swap(slot, taken, stateWord(nextGeneration(seen), SlotState.FREE), [])
  }
}

/** Frames of the registration before count nowhere; a kill in between leaves a row that is nobody's. */
function handOver(
  slab: Slab,
  ledger: FrameLedger,
  { row, slots }: RingReservation,
  to: { id: string; incarnation: number },
): void {
  ledger.vacate()
  for (let slot = 0; slot < slab.layout.slotCount; slot++) {
    if (slab.words(slot)[SlotWord.ROW] === row || slots.includes(slot)) voidSlot(slab, slot)
  }
  for (const slot of slots) slab.words(slot)[SlotWord.ROW] = row
  ledger.assign(to.id, to.incarnation)
}

/** Whatever the slot held belonged to another registration: its readers find another generation. */
function voidSlot(slab: Slab, slot: number): void {
  const words = slab.words(slot)
  for (;;) {
    const seen = Atomics.load(words, SlotWord.STATE)
    const free = stateWord(nextGeneration(seen), SlotState.FREE)
    if (Atomics.compareExchange(words, SlotWord.STATE, seen, free) === seen) return
  }
}
