/**
 * Whether a stream is read behind its camera. A camera sends in real time, so what was captured and not read lies in sockets
 * and its age only shows afterwards: packets come faster than they were filmed. Where many streams start at once, it would be
 * worked off for minutes, every result seconds old; where their pictures are left out, in seconds. Knows no clock but what it is told.
 *
 *   delay of a packet = when it was read − its presentation time       (all delays of a stream share one unknown constant)
 *
 *   the least delay of a second is under that of the one before by FELL_MS  ──► behind, in it and the next: packets come faster than filmed
 *   a delay is over the least of this or the last second by LATE_MS                ──► behind: something held the stream up
 */

const WINDOW_MS = 1000
/** A tenth faster than filmed: no camera's clock is off by that, and the least of a second knows no jitter. */
const FELL_MS = 100
const LATE_MS = 500
/** Nobody loses sight of a stream that never catches up. */
const SHOWN_EVERY_MS = 500

export class Backlog {
  /** The least delay of this window and of the one before; null where it had no packet. */
  #least: number | null = null
  #before: number | null = null
  /** What `#falls` was when the window before ended. */
  #fell = false
  #windowEndsMs = Number.NEGATIVE_INFINITY
  #behind = false
  #shownMs = Number.NEGATIVE_INFINITY

  /** @param timeS presentation time; null, where there is none, tells nothing. */
  packet(timeS: number | null, readMonoMs: number): void {
    if (timeS === null) return
    if (readMonoMs >= this.#windowEndsMs) {
      this.#fell = this.#falls
      this.#before = this.#least
      this.#least = null
      this.#windowEndsMs = readMonoMs + WINDOW_MS
    }
    const delayMs = readMonoMs - timeS * 1000
    this.#least = Math.min(this.#least ?? delayMs, delayMs)
    const isLate = delayMs - Math.min(this.#before ?? delayMs, this.#least) > LATE_MS
    this.#behind = this.#fell || this.#falls || isLate
  }

  /** Whether newer frames are on their way already, so that this one may be left out. */
  isStale(nowMonoMs: number): boolean {
    if (this.#behind && nowMonoMs - this.#shownMs < SHOWN_EVERY_MS) return true
    this.#shownMs = nowMonoMs
    return false
  }

  get #falls(): boolean {
    return this.#before !== null && this.#least !== null && this.#before - this.#least > FELL_MS
  }
}
