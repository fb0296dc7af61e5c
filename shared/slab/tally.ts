/**
 * One side of a row: the counters that one process writes, and the intent that makes a swap of a slot's state and the
 * counts that go with it one step, whatever kills the process when.
 *
 *   write the intent ──► PENDING = 1 ──► swap ──► counts := after ──► PENDING = 0
 *        (slot, state to be, counters changed, their values after)
 *
 * A process that died with PENDING = 1 leaves one question: was the state swapped? If so the counts are stored (again:
 * they are values, not increments), if not the intent is void. The slot answers: swapped if and only if its state
 * word is the intended one, `to`. Why that is exact:
 *
 *  - `to` was not there before the swap: `from` was, just before the intent. A state word names a generation, and within a
 *    generation the states only go forward (WRITING → READY → LEASED → FREE, some left out).
 *  - `to` is there by nobody else's swap. ingest's are → WRITING of the next generation and WRITING → FREE, and nobody but
 *    ingest leaves FREE and WRITING. infer's are → FREE of a generation that was committed, and ingest frees none of those:
 *    it takes them, which is the next generation, or voids them, which is the next generation, too.
 *  - `to` stays there until the question is answered. After ingest's swaps the slot is ingest's own (WRITING, FREE). A slot
 *    that infer freed could be taken by ingest meanwhile, which must not be: ingest takes a FREE slot only if no intent of
 *    infer is pending for that very word (`undecided`). It looks after it saw FREE, and infer's intent is pending from
 *    before FREE appears until it is counted; so it cannot be missed. A dead infer withholds one slot, until the next infer.
 *
 * Stores before PENDING = 1 and after the swap may be plain: a kill keeps the order of one process, and other processes
 * read them behind an atomic load. (Generations repeat after 2³⁰ acquires of one slot; no intent is pending for that long.)
 */
import { type Change, COUNTERS } from './counters.js'
import { ROW_BYTES, SIDE_AFTER, SIDE_COUNTS, type SideOffset, SideWord, SlotWord } from './layout.js'
import type { Slab } from './slab.js'

/** In place of a slot: the intent changes counters only. */
const NO_SLOT = -1

export class Tally {
  readonly #slab: Slab
  readonly #words: Int32Array
  readonly #doubles: Float64Array

  constructor(slab: Slab, row: number, side: (typeof SideOffset)[keyof typeof SideOffset]) {
    const { buffer, offset } = slab.row(row)
    this.#slab = slab
    this.#words = new Int32Array(buffer, offset + side, (ROW_BYTES - side) / 4)
    this.#doubles = new Float64Array(buffer, offset + side, (ROW_BYTES - side) / 8)
  }

  /** Which tenancy of the row the counters belong to; see `FrameLedger`. */
  get term(): number {
    return this.#words[SideWord.TERM] as number
  }

  /**
   * Swaps a slot's state word and changes the counters, or does neither.
   * @returns false where the slot's word is not `from` (any more).
   */
  swap(slot: number, from: number, to: number, change: Change): boolean {
    const words = this.#slab.words(slot)
    if (Atomics.load(words, SlotWord.STATE) !== from) return false // `to` may be there already
    this.#intend(slot, to, change)
    const swapped = Atomics.compareExchange(words, SlotWord.STATE, from, to) === from
    if (swapped) this.#store()
    Atomics.store(this.#words, SideWord.PENDING, 0)
    return swapped
  }

  /** Changes counters where no slot is touched. */
  count(change: Change): void {
    this.#intend(NO_SLOT, 0, change)
    this.#store()
    Atomics.store(this.#words, SideWord.PENDING, 0)
  }

  /** Finishes or voids what a dead process of this side had begun. Call before the first change. */
  settle(): void {
    if (this.#happened()) this.#store()
    Atomics.store(this.#words, SideWord.PENDING, 0)
  }

  /** Whether a process of this side put `word` into the slot, but has not counted it yet. */
  undecided(slot: number, word: number): boolean {
    return (
      Atomics.load(this.#words, SideWord.PENDING) === 1 &&
      this.#words[SideWord.SLOT] === slot &&
      this.#words[SideWord.STATE] === word
    )
  }

  /** All counters, as `settle` would leave them. */
  counts(): number[] {
    const first = this.#happened() ? (this.#words[SideWord.CHANGED] as number) : 0
    return Array.from({ length: COUNTERS }, (_, counter) => {
      const index = first & (1 << counter) ? SIDE_AFTER : SIDE_COUNTS
      return this.#doubles[index + counter] as number
    })
  }

  /** All counters are 0, and belong to `term`: nothing of a term before is finished. A kill in between leaves the old term. */
  begin(term: number): void {
    Atomics.store(this.#words, SideWord.PENDING, 0)
    this.#doubles.fill(0, SIDE_COUNTS, SIDE_COUNTS + COUNTERS)
    Atomics.store(this.#words, SideWord.TERM, term)
  }

  #intend(slot: number, to: number, change: Change): void {
    let changed = 0
    for (let i = 0; i < change.length; i++) {
      const [counter, frames] = change[i] as Change[number]
      this.#doubles[SIDE_AFTER + counter] = (this.#doubles[SIDE_COUNTS + counter] as number) + frames
      changed |= 1 << counter
    }
    this.#words[SideWord.SLOT] = slot
    this.#words[SideWord.STATE] = to
    this.#words[SideWord.CHANGED] = changed
    Atomics.store(this.#words, SideWord.PENDING, 1)
  }

  #happened(): boolean {
    if (Atomics.load(this.#words, SideWord.PENDING) === 0) return false
    const slot = this.#words[SideWord.SLOT] as number
    return (
      slot === NO_SLOT || Atomics.load(this.#slab.words(slot), SlotWord.STATE) === this.#words[SideWord.STATE]
    )
  }

  #store(): void {
    const changed = this.#words[SideWord.CHANGED] as number
    for (let counter = 0; counter < COUNTERS; counter++) {
      if (changed & (1 << counter))
        this.#doubles[SIDE_COUNTS + counter] = this.#doubles[SIDE_AFTER + counter] as number
    }
  }
}
