/**
 * Moves a live stream to a slab whose frames have another shape, without a gap: a second decoder begins while the first goes
 * on, and with its first frame it takes over.
 *
 *   begin ──► second decoder ── first frame ──► taken
 *     ▲            │ ended before that
 *     └─ pause ────┴── the last try ──► refused: some cameras serve one client only
 */
import { sleep } from '../../shared/clock.js'
import type { Log } from '../../shared/log.js'
import type { Attempt } from './attempt.js'
import type { SessionRing } from './session-ring.js'

export const HANDOVER_TRIES = 3
const PAUSE_MS = 500

/** What a handover needs of its session. */
export interface HandoverSession {
  /** Waits for a decoder's turn to start. */
  turn(signal: AbortSignal): Promise<void>
  /** A decoder for the new ring; `onFrame` is called with its first frame, before that is sent. */
  begin(ring: SessionRing, onFrame: () => void): Attempt
  /** The new decoder is the session's from here on; the old one is ended. */
  taken(attempt: Attempt): void
  /** The camera does not take a second session: the first has to end before. */
  refused(): void
}

export class Handover {
  readonly ring: SessionRing
  /** Resolves when no decoder of this handover runs that the session has not taken. */
  readonly done: Promise<void>
  readonly #session: HandoverSession
  readonly #log: Log
  readonly #abort = new AbortController()
  #attempt: Attempt | null = null
  #taken = false

  constructor(ring: SessionRing, session: HandoverSession, log: Log) {
    this.ring = ring
    this.#session = session
    this.#log = log
    this.done = this.#run()
  }

  /** Of the second decoder, while there is one. */
  get pid(): number | null {
    return this.#taken ? null : (this.#attempt?.pid ?? null)
  }

  /** Ends what was begun; what was taken is the session's. Idempotent. */
  cancel(): void {
    this.#abort.abort()
    if (!this.#taken) this.#attempt?.stop('paused')
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort
    for (let tries = 1; tries <= HANDOVER_TRIES; tries++) {
      await this.#session.turn(signal)
      if (signal.aborted) return
      const reason = await this.#try()
      if (this.#taken || signal.aborted) return
      this.#log.info({ slab: this.ring.slabId, tries, reason }, 'no second session beside the first')
      await sleep(tries * PAUSE_MS, signal)
    }
    if (signal.aborted) return
    this.#log.warn(
      { slab: this.ring.slabId },
      'the camera takes no second session: the first ends before the next begins',
    )
    this.#session.refused()
  }

  /** @returns why the decoder ended, unless it took over. */
  async #try(): Promise<string> {
    let took: () => void = () => undefined
    const takenOver = new Promise<void>(resolve => {
      took = resolve
    })
    const attempt: Attempt = this.#session.begin(this.ring, () => {
      if (this.#taken || this.#abort.signal.aborted) return
      this.#taken = true
      this.#session.taken(attempt)
      took()
    })
    this.#attempt = attempt
    const end = await Promise.race([attempt.ended, takenOver])
    return end?.kind === 'ended' ? end.reason.code : 'stopped'
  }
}
