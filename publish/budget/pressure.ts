/**
 * Whether the engine is busier than its streams were reckoned to make it, and by how much they are therefore reckoned dearer.
 * It knows no clock and no device: it is told both.
 *
 *   busy > utilisation + 0.15, for 10 s ──► engaged: corrected = reckoned × busy / reckoned, at least as reckoned
 *   engaged, and no stream is degraded, and busy is below that again ──► released
 */
import type { DegradableStream, StreamLoad } from '../../shared/budget/degradable.js'
import type { Setting } from '../../shared/budget/setting.js'

const ABOVE = 0.15
const AFTER_MS = 10_000
/** After a step the figures of the engine still speak of before. */
const SETTLE_MS = 3000
/** Of a new measurement in the correction. */
const WEIGHT = 0.2
const WHOLE_PPM = 1_000_000

/** What the device does now. */
export interface Busyness {
  /** Share of the engine's time, 0 … 1. */
  busy: number
  utilisation: number
  /** Of all streams at their present settings. */
  reckonedPpm: number
  fps: number
  degraded: boolean
}

export class Pressure {
  #aboveSinceMs: number | null = null
  #settledAtMs = Number.NEGATIVE_INFINITY
  /** Of streams that were reckoned: times dearer. */
  #factor = 1
  /** Of streams whose model was never measured: millionths for a frame a second. */
  #ppmPerFps = 0
  #engaged = false

  get engaged(): boolean {
    return this.#engaged
  }

  observe(now: Busyness, nowMs: number): void {
    const { busy, utilisation, degraded } = now
    if (nowMs < this.#settledAtMs) return
    const above = busy > Math.min(1, utilisation + ABOVE)
    this.#aboveSinceMs = above ? (this.#aboveSinceMs ?? nowMs) : null
    if (!this.#engaged && this.#aboveSinceMs !== null && nowMs - this.#aboveSinceMs >= AFTER_MS)
      this.#engage(now)
    else if (this.#engaged && !above && !degraded) this.#engaged = false
    else if (this.#engaged) this.#learn(now, WEIGHT)
  }

  /** What was seen so far says nothing of what is to come. */
  forget(): void {
    this.#aboveSinceMs = null
    this.#engaged = false
  }

  /** Steps were taken: what is measured next may be of before them. */
  changed(nowMs: number): void {
    this.#settledAtMs = nowMs + SETTLE_MS
  }

  /** The stream as dear as it was measured to be. The engine's time alone is no reason to pause one: its frames can be dropped. */
  correct(stream: DegradableStream): DegradableStream {
    return { ...stream, keepsRunning: true, load: setting => this.#correct(stream, setting) }
  }

  #correct(stream: DegradableStream, setting: Setting): StreamLoad {
    const load = stream.load(setting)
    const fps = stream.fps / 2 ** setting.halvings
    const computePpm =
      load.own.computePpm * this.#factor + (load.own.computePpm > 0 ? 0 : fps * this.#ppmPerFps)
    return { ...load, own: { ...load.own, computePpm: Math.ceil(computePpm) } }
  }

  #engage(now: Busyness): void {
    this.#engaged = true
    this.#learn(now, 1)
  }

  #learn({ busy, reckonedPpm, fps }: Busyness, weight: number): void {
    const busyPpm = busy * WHOLE_PPM
    const factor = reckonedPpm > 0 ? Math.max(1, busyPpm / reckonedPpm) : 1
    const ppmPerFps = reckonedPpm > 0 || fps === 0 ? 0 : busyPpm / fps
    this.#factor += weight * (factor - this.#factor)
    this.#ppmPerFps += weight * (ppmPerFps - this.#ppmPerFps)
  }
}
