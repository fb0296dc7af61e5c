/**
 * The frame-gap timer of one attempt. FFmpeg's own timeouts do not see a half-open connection or a camera that keeps
 * the session alive and sends nothing.
 *
 *   start ──connectTimeoutMs──► no_answer
 *     └─ described ──firstFrameTimeoutMs──► no_frames
 *          └─ frame ──max(stallTimeoutMs, 3 frame intervals)──► frame_gap
 */
import type { ReasonCode } from '../../shared/stream/stream.js'

export interface WatchdogSettings {
  connectTimeoutMs: number
  firstFrameTimeoutMs: number
  stallTimeoutMs: number
}

type Phase = 'answer' | 'first_frame' | 'frames'

const codes: Record<Phase, ReasonCode> = {
  answer: 'no_answer',
  first_frame: 'no_frames',
  frames: 'frame_gap',
}

/** @param intervalMs time from frame to frame, 0 where unknown. */
export function stallMs(settings: WatchdogSettings, intervalMs: number): number {
  return Math.max(settings.stallTimeoutMs, 3 * intervalMs)
}

export class Watchdog {
  readonly #settings: WatchdogSettings
  readonly #onExpired: (code: ReasonCode) => void
  #phase: Phase = 'answer'
  #limitMs: number
  #touchedMs = performance.now()
  #timer: NodeJS.Timeout

  constructor(settings: WatchdogSettings, onExpired: (code: ReasonCode) => void) {
    this.#settings = settings
    this.#onExpired = onExpired
    this.#limitMs = settings.connectTimeoutMs
    this.#timer = setTimeout(() => this.#check(), this.#limitMs)
  }

  /** The camera described its stream. @param limitMs time for the first frame, where it is not the usual. */
  described(limitMs = this.#settings.firstFrameTimeoutMs): void {
    if (this.#phase === 'answer') this.#enter('first_frame', limitMs)
  }

  /** Costs no timer: the running one looks at the time of the last frame when it fires. */
  frame(intervalMs: number): void {
    const limitMs = stallMs(this.#settings, intervalMs)
    if (this.#phase !== 'frames' || limitMs < this.#limitMs) this.#enter('frames', limitMs)
    this.#limitMs = limitMs
    this.#touchedMs = performance.now()
  }

  close(): void {
    clearTimeout(this.#timer)
  }

  #enter(phase: Phase, limitMs: number): void {
    this.#phase = phase
    this.#limitMs = limitMs
    this.#touchedMs = performance.now()
    this.#arm(limitMs)
  }

  #check(): void {
    const leftMs = this.#touchedMs + this.#limitMs - performance.now()
    if (leftMs > 0) this.#arm(leftMs)
    else this.#onExpired(codes[this.#phase])
  }

  #arm(ms: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#check(), Math.ceil(ms))
  }
}
