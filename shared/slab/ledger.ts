/**
 * The frame counters of one stream. They live in the slab, so that a killed process loses none of them:
 * ingest counts what arrives, infer what becomes of it, and the sums must agree.
 *
 * Each has a side of its own (tally.ts). A row that goes to another registration begins a new *term*: ingest makes the
 * term odd, voids the slots, empties its side, and makes the term even. infer's side belongs to the term that is written on
 * it, and infer empties it when it meets another; until then it counts nothing here.
 */
import { type DropReason, dropReasons, type FrameBalance } from '../frame/balance.js'
import { type Change, Counter, dropCounter } from './counters.js'
import {
  ROW_BYTES,
  ROW_INCARNATION_DOUBLE,
  ROW_TERM,
  SideOffset,
  SlotState,
  SlotWord,
  STREAM_ID_BYTES,
  stateOf,
} from './layout.js'
import type { Slab } from './slab.js'
import { Tally } from './tally.js'

export class FrameLedger {
  /** Changed by ingest only. */
  readonly ingest: Tally
  /** Changed by infer only. */
  readonly infer: Tally
  readonly #slab: Slab
  readonly #row: number
  readonly #words: Int32Array
  readonly #doubles: Float64Array
  readonly #idBytes: Uint8Array

  constructor(slab: Slab, row: number) {
    const { buffer, offset } = slab.row(row)
    this.#slab = slab
    this.#row = row
    this.#words = new Int32Array(buffer, offset, ROW_BYTES / 4)
    this.#doubles = new Float64Array(buffer, offset, ROW_BYTES / 8)
    this.#idBytes = new Uint8Array(buffer, offset, STREAM_ID_BYTES)
    this.ingest = new Tally(slab, row, SideOffset.INGEST)
    this.infer = new Tally(slab, row, SideOffset.INFER)
  }

  /** The stream whose row this is; empty where the row is free, or about to be given away. */
  get stream(): string {
    if (isVacant(this.#term())) return ''
    const end = this.#idBytes.indexOf(0)
    return Buffer.from(this.#idBytes.subarray(0, end < 0 ? STREAM_ID_BYTES : end)).toString('utf8')
  }

  /** Which registration of the stream the counters belong to. */
  get incarnation(): number {
    return this.#doubles[ROW_INCARNATION_DOUBLE] as number
  }

  /** From here on the row counts for nobody. Only the ring's writer does this, and then voids its slots. */
  vacate(): void {
    Atomics.store(this.#words, ROW_TERM, this.#term() | 1)
  }

  /** Gives a vacated row to a stream, with all counters at 0. Only the ring's writer does this. */
  assign(stream: string, incarnation: number): void {
    const term = this.#term() + 1
    this.#idBytes.fill(0)
    this.#idBytes.set(Buffer.from(stream, 'utf8').subarray(0, STREAM_ID_BYTES))
    this.#doubles[ROW_INCARNATION_DOUBLE] = incarnation
    this.ingest.begin(term)
    Atomics.store(this.#words, ROW_TERM, term)
  }

  /** infer's side, for a frame that lies in a slot of this row. */
  inferNow(): Tally {
    const term = this.#term()
    if (this.infer.term !== term) this.infer.begin(term)
    return this.infer
  }

  /** Frames that were in an engine that died have an outcome after all. Only infer does this. */
  settleDeadEngine(): void {
    this.infer.settle()
    const lost = this.infer.counts()[Counter.IN_ENGINE] as number
    this.infer.count([
      [Counter.IN_ENGINE, -lost],
      [dropCounter('engine_error'), lost],
    ])
  }

  /** Adds what was counted of the same stream in a slab that is no more; what was in flight there is lost. Only infer does this. */
  inherit({ inferred, drops, inFlight }: FrameBalance): void {
    const lost = { ...drops, stale_ref: drops.stale_ref + inFlight }
    const dropped = dropReasons.map(reason => [dropCounter(reason), lost[reason]] as const)
    const ended = dropped.reduce((sum, [, frames]) => sum + frames, inferred)
    const change: Change = [[Counter.RECEIVED, ended], [Counter.INFERRED, inferred], ...dropped]
    this.inferNow().count(change)
  }

  /**
   * The balance at one moment, also while a process lies dead in the middle of a step. Another process may be between two
   * stores, so a reading that does not balance is taken again; a residual that persists is a fault, and is reported as it is.
   */
  balance(): FrameBalance {
    let reading = this.#read()
    for (let again = 0; reading.residual !== 0 && again < 16; again++) reading = this.#read()
    return reading
  }

  #read(): FrameBalance {
    const term = this.#term()
    const vacant = isVacant(term)
    const ingest = this.ingest.counts()
    const infer = this.infer.counts()
    const count = (counter: number): number =>
      vacant ? 0 : (ingest[counter] as number) + (this.infer.term === term ? (infer[counter] as number) : 0)
    const received = count(Counter.RECEIVED)
    const inferred = count(Counter.INFERRED)
    const drops = Object.fromEntries(
      dropReasons.map(reason => [reason, count(dropCounter(reason))]),
    ) as Record<DropReason, number>
    const inFlight = count(Counter.IN_ENGINE) + (vacant ? 0 : this.#occupiedSlots())
    const dropped = Object.values(drops).reduce((sum, frames) => sum + frames, 0)
    return { received, inferred, drops, inFlight, residual: received - inferred - dropped - inFlight }
  }

  #occupiedSlots(): number {
    let occupied = 0
    for (let slot = 0; slot < this.#slab.layout.slotCount; slot++) {
      const words = this.#slab.words(slot)
      if (
        words[SlotWord.ROW] === this.#row &&
        stateOf(Atomics.load(words, SlotWord.STATE)) !== SlotState.FREE
      )
        occupied++
    }
    return occupied
  }

  #term(): number {
    return Atomics.load(this.#words, ROW_TERM)
  }
}

function isVacant(term: number): boolean {
  return (term & 1) === 1
}
