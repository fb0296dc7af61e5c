/** What is seen of one tensor while frames run: how its values are spread, as a whole and in each channel. */
import { quantisationOf, type Range } from './arithmetic.js'
import { Histogram } from './histogram.js'

interface ChannelSums {
  sum: number
  squares: number
}

export interface Summary {
  min: number
  max: number
  noise: number
}

export class Observation {
  readonly #histogram = new Histogram()
  readonly #channels: ChannelSums[] = []
  #perChannel = 0

  /** @param dims [N, channels, H, W]; a tensor of other than four axes is taken as one channel. */
  add(values: Float32Array, dims: readonly number[]): void {
    this.#histogram.add(values)
    const [batch, channels] = dims.length === 4 ? [dims[0]!, dims[1]!] : [1, 1]
    const size = values.length / (batch * channels)
    for (let part = 0; part < batch * channels; part++) {
      this.#addTo(part % channels, values.subarray(part * size, (part + 1) * size))
    }
    this.#perChannel += batch * size
  }

  /** @param percentile see `Histogram.range`. */
  summary(percentile: number): Summary {
    const range = this.#histogram.range(percentile)
    return { min: range[0], max: range[1], noise: this.#noise(range) }
  }

  /**
   * Share of a channel's variance that rounding to uint8 takes away, 0 … 1, averaged over the channels. One channel of
   * large values makes the steps coarse for all: the others are lost then, though the tensor as a whole looks exact.
   */
  #noise(range: Range): number {
    const rounding = quantisationOf(range).scale ** 2 / 12
    const lost = this.#channels.map(({ sum, squares }) => {
      const variance = Math.max(0, squares / this.#perChannel - (sum / this.#perChannel) ** 2)
      return rounding / (rounding + variance)
    })
    return lost.reduce((sum, share) => sum + share, 0) / Math.max(1, lost.length)
  }

  #addTo(channel: number, values: Float32Array): void {
    let sum = 0
    let squares = 0
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!
      sum += value
      squares += value * value
    }
    const seen = this.#channels[channel] ?? { sum: 0, squares: 0 }
    this.#channels[channel] = { sum: seen.sum + sum, squares: seen.squares + squares }
  }
}
