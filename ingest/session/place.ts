/** Where the frames of one stream go: the ring that it writes, and the one that it is on its way to. */
import type { Log } from '../../shared/log.js'
import type { AttachedSlab } from '../slab-follower.js'
import type { Attempt } from './attempt.js'
import { Handover } from './handover.js'
import { type SessionRing, sameFrames } from './session-ring.js'

/** What a place needs of its session. */
export interface PlacedSession {
  /** The attempt whose frames are the stream's, and whether they flow, so that a gap would be a loss. */
  current(): { attempt: Attempt | null; live: boolean }
  /** Another attempt's frames are the stream's from here on. */
  replace(attempt: Attempt): void
  /** Waits for a decoder's turn to start. */
  turn(signal: AbortSignal): Promise<void>
  /** Starts a decoder for a ring; `onFrame` is called before each frame is handed on. */
  begin(ring: SessionRing, onFrame: () => void): Attempt
}

export class Place {
  readonly #session: PlacedSession
  readonly #log: Log
  #ring: SessionRing | null = null
  #handover: Handover | null = null
  #handedOver: Promise<void> = Promise.resolve()
  #ringCame: () => void = () => undefined

  constructor(session: PlacedSession, log: Log) {
    this.#session = session
    this.#log = log
  }

  get slab(): AttachedSlab | null {
    return this.#ring?.slab ?? null
  }

  /** Of a decoder that has not taken over yet. */
  get secondPid(): number | null {
    return this.#handover?.pid ?? null
  }

  /** Whether a byte may still be written to the slab. */
  uses(slab: AttachedSlab): boolean {
    const written = this.#session.current().attempt?.ring as SessionRing | undefined
    return [this.#ring, this.#handover?.ring, written].some(ring => ring?.slab === slab)
  }

  /**
   * To another slab, or to none. Where frames have the same shape the decoder goes on; else a live stream keeps it until a
   * second one gives frames.
   * @param take takes the stream's ring in the slab; called where it is not taken yet.
   */
  useSlab(slab: AttachedSlab | null, take: (slab: AttachedSlab) => SessionRing): void {
    if ((this.#handover?.ring.slab ?? this.slab) === slab) return
    this.#handover?.cancel()
    this.#handover = null
    if (this.slab === slab) return
    const ring = slab && take(slab)
    const reshaped = ring !== null && this.#ring !== null && !sameFrames(ring, this.#ring)
    const { attempt, live } = this.#session.current()
    if (reshaped && attempt && live) this.#handOver(ring)
    else this.#moveTo(ring)
  }

  /**
   * To another frame rate cap: at once where the decoder can, else to a new one for the same ring, while the one that runs goes on
   * until that gives frames. One that is not live yet is left alone until it is.
   * @returns false where the decoder has to end before the next begins.
   */
  followCap(fps: number | null, sharesRing: boolean): boolean {
    const { attempt, live } = this.#session.current()
    if (attempt?.capAt(fps)) this.#stay()
    else if (attempt && live && !sharesRing) return false
    else if (attempt && live) this.#renew()
    return true
  }

  /** No way or no need to hand over any more: the next decoder begins where the stream was to go. */
  arrive(): void {
    const handover = this.#handover
    if (!handover) return
    handover.cancel()
    this.#handover = null
    this.#moveTo(handover.ring)
  }

  /** The ring, as soon as there is one; null where `signal` ended the wait. */
  async ring(signal: AbortSignal, onWait: () => void): Promise<SessionRing | null> {
    if (this.#ring) return this.#ring
    onWait()
    await new Promise<void>(resolve => {
      this.#ringCame = resolve
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
    return this.#ring
  }

  /** Resolves when no decoder runs that was to take over. */
  close(): Promise<void> {
    this.#handover?.cancel()
    return this.#handedOver
  }

  #renew(): void {
    if (this.#ring && !this.#handover) this.#handOver(this.#ring)
  }

  /** The decoder that runs will do after all. */
  #stay(): void {
    if (this.#handover?.ring !== this.#ring) return
    this.#handover?.cancel()
    this.#handover = null
  }

  #moveTo(ring: SessionRing | null): void {
    const before = this.#ring
    this.#ring = ring
    const { attempt } = this.#session.current()
    if (ring && before && sameFrames(ring, before)) attempt?.moveTo(ring)
    else attempt?.restart()
    if (ring) this.#ringCame()
  }

  #handOver(ring: SessionRing): void {
    const session = this.#session
    const renews = ring === this.#ring
    const parts = {
      turn: (signal: AbortSignal) => session.turn(signal),
      begin: (to: SessionRing, onFrame: () => void) => session.begin(to, onFrame),
      taken: (attempt: Attempt): void => {
        const before = session.current().attempt
        session.replace(attempt)
        this.#handover = null
        this.#ring = ring
        before?.restart()
      },
      refused: (): void => {
        this.arrive()
        if (renews) session.current().attempt?.restart()
      },
    }
    this.#handover = new Handover(ring, parts, this.#log)
    this.#handedOver = this.#handover.done
  }
}
