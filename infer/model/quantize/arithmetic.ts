/** The numbers of quantisation: scales and zero points of activations, weights and biases as integers. */

/** How a tensor of uint8 stands for real values: real = (value − zeroPoint) · scale. */
export interface Quantisation {
  scale: number
  /** 0 … 255. */
  zeroPoint: number
}

/** Smallest and largest value that a tensor is expected to have. */
export type Range = readonly [min: number, max: number]

export interface QuantisedWeights {
  data: Int8Array
  /** One a channel. */
  scales: Float32Array
}

const UINT8_STEPS = 255
/** Symmetric: −128 is not used, so that a weight and its negative are as exact. */
const INT8_MAX = 127
/** Below half of what an int32 holds: the sum of products comes on top. */
const BIAS_LIMIT = 2 ** 30
const SMALLEST_SCALE = 2 ** -100

/** Zero is always exact: padding is made of it. A range of nothing but zero takes a scale of one. */
export function quantisationOf([min, max]: Range): Quantisation {
  const [low, high] = [Math.min(0, min), Math.max(0, max)]
  const scale = Math.fround((high - low) / UINT8_STEPS)
  if (scale < SMALLEST_SCALE) return { scale: 1, zeroPoint: 0 }
  return { scale, zeroPoint: Math.min(UINT8_STEPS, Math.max(0, Math.round(-low / scale))) }
}

/**
 * Each channel with a scale of its own.
 * @param values [channels, …], as `Conv` has its weights.
 * @param bias of each channel, where there is one: a channel of tiny weights and a large bias takes a scale that its bias fits into.
 * @param inputScale of the activation that the weights are multiplied with.
 */
export function quantiseWeights(
  values: ArrayLike<number>,
  channels: number,
  bias: ArrayLike<number> | null,
  inputScale: number,
): QuantisedWeights {
  const data = new Int8Array(values.length)
  const scales = new Float32Array(channels)
  const size = values.length / channels
  for (let channel = 0; channel < channels; channel++) {
    const scale = weightScale(values, channel * size, size, Math.abs(bias?.[channel] ?? 0) / inputScale)
    scales[channel] = scale
    for (let i = channel * size; i < (channel + 1) * size; i++)
      data[i] = nearest(values[i]! / scale, INT8_MAX)
  }
  return { data, scales }
}

/** In steps of input scale · weight scale, as the sums of products are. */
export function quantiseBias(
  bias: ArrayLike<number>,
  inputScale: number,
  weightScales: Float32Array,
): Int32Array {
  return Int32Array.from(weightScales, (scale, i) => nearest(bias[i]! / (inputScale * scale), 2 ** 31 - 1))
}

function weightScale(values: ArrayLike<number>, start: number, size: number, biasInSteps: number): number {
  let largest = 0
  for (let i = start; i < start + size; i++) largest = Math.max(largest, Math.abs(values[i]!))
  const scale = Math.fround(Math.max(largest / INT8_MAX, biasInSteps / BIAS_LIMIT))
  return scale < SMALLEST_SCALE ? 1 : scale
}

function nearest(value: number, limit: number): number {
  return Math.max(-limit, Math.min(limit, Math.round(value)))
}
