/** One figure over hours, in memory of a fixed size: whoever watches for growth must not grow. */
import type { SeriesPoint } from './segments.js'
import { medianOf } from './theil-sen.js'

export class Series {
  readonly #atMs: Float64Array
  readonly #values: Float64Array
  readonly #segments: Float64Array
  readonly #stepMs: number
  #count = 0
  #segment = 0
  #context: string | null = null
  /** Of the step that is not over yet. */
  #pending: number[] = []
  #stepStartMs = 0

  /** Keeps the median of each `stepMs`, for `keepMs`. */
  constructor(stepMs: number, keepMs: number) {
    const capacity = Math.ceil(keepMs / stepMs)
    this.#stepMs = stepMs
    this.#atMs = new Float64Array(capacity)
    this.#values = new Float64Array(capacity)
    this.#segments = new Float64Array(capacity)
  }

  /** @param context what ran; a new one begins a new segment. @param atMs not before the last one. */
  add(atMs: number, value: number, context: string): void {
    const isNew = context !== this.#context
    if (this.#pending.length > 0 && (isNew || atMs - this.#stepStartMs >= this.#stepMs)) this.#keep()
    if (isNew) this.#segment++
    this.#context = context
    if (this.#pending.length === 0) this.#stepStartMs = atMs
    this.#pending.push(value)
  }

  /** The newest figure was added then; 0 before the first. */
  get newestMs(): number {
    return this.#stepStartMs
  }

  /** Oldest first, with the step that is not over. */
  points(): SeriesPoint[] {
    const capacity = this.#atMs.length
    const first = Math.max(0, this.#count - capacity)
    const points: SeriesPoint[] = []
    for (let i = first; i < this.#count; i++) {
      const slot = i % capacity
      points.push({
        atMs: this.#atMs[slot] as number,
        value: this.#values[slot] as number,
        segment: this.#segments[slot] as number,
      })
    }
    if (this.#pending.length > 0)
      points.push({ atMs: this.#stepStartMs, value: this.#pendingMedian(), segment: this.#segment })
    return points
  }

  #keep(): void {
    const slot = this.#count++ % this.#atMs.length
    this.#atMs[slot] = this.#stepStartMs
    this.#values[slot] = this.#pendingMedian()
    this.#segments[slot] = this.#segment
    this.#pending = []
  }

  #pendingMedian(): number {
    return medianOf([...this.#pending].sort((a, b) => a - b))
  }
}
