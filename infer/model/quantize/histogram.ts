/** Counts the values of a tensor in bounded memory, whatever their range, and tells what range to quantise. */
import type { Range } from './arithmetic.js'

const BINS = 2048
/** Values nearer to zero than this are counted as one. */
const FINEST_EXPONENT = -30

/**
 * Bins are as wide as a power of two, and start at multiples of it. Where a value lies outside, the width doubles and
 * neighbours are added: nothing is counted twice or lost, and the order of the values changes nothing.
 */
export class Histogram {
  min = Number.POSITIVE_INFINITY
  max = Number.NEGATIVE_INFINITY
  #exponent = FINEST_EXPONENT
  /** Index of the first bin, in bin widths from zero. */
  #first = 0
  #counts = new Float64Array(BINS)

  /** Values that are no number are left out. */
  add(values: Float32Array): void {
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!
      if (value < this.min) this.min = value
      if (value > this.max) this.max = value
    }
    if (this.min > this.max) return
    this.#cover()
    const perBin = 2 ** -this.#exponent
    for (let i = 0; i < values.length; i++) {
      const bin = Math.floor(values[i]! * perBin) - this.#first
      this.#counts[bin] = this.#counts[bin]! + 1
    }
  }

  get total(): number {
    return this.#counts.reduce((sum, count) => sum + count, 0)
  }

  get width(): number {
    return 2 ** this.#exponent
  }

  /** Lower edge of each bin that has values, and their count; ascending. */
  bins(): { from: number; count: number }[] {
    return [...this.#counts]
      .map((count, i) => ({ from: (this.#first + i) * this.width, count }))
      .filter(({ count }) => count > 0)
  }

  /** What leaves out at most (100 − percentile) % of the values at each end. */
  range(percentile: number): Range {
    const left = (this.total * (100 - percentile)) / 100
    const bins = this.bins()
    const from = edge(bins, left)?.from ?? 0
    const to = (edge(bins.toReversed(), left)?.from ?? 0) + this.width
    return [Math.max(this.min, from) + 0, Math.min(this.max, to) + 0] // −0 becomes 0
  }

  #cover(): void {
    while (Math.floor(this.max / this.width) - this.#lowest() >= BINS) this.#double()
    const lowest = this.#lowest()
    if (lowest === this.#first) return
    const moved = new Float64Array(BINS)
    this.#counts.forEach((count, i) => {
      if (count > 0) moved[this.#first + i - lowest] = count
    })
    this.#counts = moved
    this.#first = lowest
  }

  #lowest(): number {
    return Math.floor(this.min / this.width)
  }

  #double(): void {
    const first = Math.floor(this.#first / 2)
    const wider = new Float64Array(BINS)
    this.#counts.forEach((count, i) => {
      const bin = Math.floor((this.#first + i) / 2) - first
      if (count > 0) wider[bin] = wider[bin]! + count
    })
    this.#counts = wider
    this.#first = first
    this.#exponent += 1
  }
}

function edge(bins: readonly { from: number; count: number }[], left: number) {
  let passed = 0
  return bins.find(({ count }) => {
    passed += count
    return passed > left
  })
}
