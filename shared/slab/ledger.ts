/**
 * The frame counters of one stream. They live in the slab, so that a killed process loses none of them:
 * ingest counts what arrives, infer what becomes of it, and the sums must agree.
 */
import { type DropReason, dropReasons, type FrameBalance } from '../frame/balance.js'
import {
  ROW_BYTES,
  ROW_COUNTERS,
  ROW_INCARNATION_DOUBLE,
  SlotState,
  SlotWord,
  STREAM_ID_BYTES,
  stateOf,
} from './layout.js'
import type { Slab } from './slab.js'

const RECEIVED = ROW_COUNTERS
const INFERRED = ROW_COUNTERS + 1
const IN_ENGINE = ROW_COUNTERS + 2
const FIRST_DROP = ROW_COUNTERS + 3
const COUNTERS = 3 + dropReasons.length

export class FrameLedger {
  readonly #slab: Slab
  readonly #row: number
  readonly #counters: BigInt64Array
  readonly #doubles: Float64Array
  readonly #idBytes: Uint8Array

  constructor(slab: Slab, row: number) {
    const { buffer, offset } = slab.row(row, ROW_BYTES)
    this.#slab = slab
    this.#row = row
    this.#counters = new BigInt64Array(buffer, offset, ROW_BYTES / 8)
    this.#doubles = new Float64Array(buffer, offset, ROW_BYTES / 8)
    this.#idBytes = new Uint8Array(buffer, offset, STREAM_ID_BYTES)
  }

  /** The stream whose row this is; empty where the row is free. */
  get stream(): string {
    const end = this.#idBytes.indexOf(0)
    return Buffer.from(this.#idBytes.subarray(0, end < 0 ? STREAM_ID_BYTES : end)).toString('utf8')
  }

  /** Which registration of the stream the counters belong to. */
  get incarnation(): number {
    return this.#doubles[ROW_INCARNATION_DOUBLE] as number
  }

  /** Gives the row to a stream, with all counters at 0. Only the ring's writer does this. */
  assign(stream: string, incarnation: number): void {
    this.#counters.fill(0n, ROW_COUNTERS, ROW_COUNTERS + COUNTERS)
    this.#idBytes.fill(0)
    this.#idBytes.set(Buffer.from(stream, 'utf8').subarray(0, STREAM_ID_BYTES))
    this.#doubles[ROW_INCARNATION_DOUBLE] = incarnation
  }

  received(): void {
    Atomics.add(this.#counters, RECEIVED, 1n)
  }
  drop(reason: DropReason, frames = 1): void {
    Atomics.add(this.#counters, FIRST_DROP + dropReasons.indexOf(reason), BigInt(frames))
  }
  /** The slot is free again, but the frame has no outcome yet: it is in the engine. */
  enterEngine(): void {
    Atomics.add(this.#counters, IN_ENGINE, 1n)
  }
  leaveEngine(outcome: 'inferred' | DropReason): void {
    if (outcome === 'inferred') Atomics.add(this.#counters, INFERRED, 1n)
    else this.drop(outcome)
    Atomics.sub(this.#counters, IN_ENGINE, 1n)
  }
  /** Undoes `enterEngine`: the frame was counted by whoever reclaimed its lease. */
  retractEngine(): void {
    Atomics.sub(this.#counters, IN_ENGINE, 1n)
  }
  /** Frames that were in an engine that died have an outcome after all. @returns how many. */
  settleDeadEngine(): number {
    const lost = Number(Atomics.exchange(this.#counters, IN_ENGINE, 0n))
    if (lost > 0) this.drop('engine_error', lost)
    return lost
  }

  /** Adds what was counted of the same stream in a slab that is no more; what was in flight there is lost. */
  inherit({ received, inferred, drops, inFlight }: FrameBalance): void {
    Atomics.add(this.#counters, RECEIVED, BigInt(received))
    Atomics.add(this.#counters, INFERRED, BigInt(inferred))
    for (const reason of dropReasons) this.drop(reason, drops[reason])
    this.drop('stale_ref', inFlight)
  }

  /**
   * The balance at one moment. Another process may be between two counts, so a reading that does not
   * balance is taken again; a residual that persists is a fault, and is reported as it is.
   */
  balance(): FrameBalance {
    let reading = this.#read()
    for (let again = 0; reading.residual !== 0 && again < 16; again++) reading = this.#read()
    return reading
  }

  #read(): FrameBalance {
    const count = (index: number): number => Number(Atomics.load(this.#counters, index))
    const received = count(RECEIVED)
    const inferred = count(INFERRED)
    const drops = Object.fromEntries(
      dropReasons.map((reason, i) => [reason, count(FIRST_DROP + i)]),
    ) as Record<DropReason, number>
    const inFlight = count(IN_ENGINE) + this.#occupiedSlots()
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
}
