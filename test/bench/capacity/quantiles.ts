/** Quantiles of many samples. */

export interface Quantiles {
  count: number
  p50: number
  p95: number
  p99: number
  max: number
}

/** null where there are none. Sorts in place. */
export function quantilesOf(samples: Float64Array): Quantiles | null {
  if (samples.length === 0) return null
  samples.sort()
  const at = (share: number): number =>
    samples[Math.min(samples.length - 1, Math.floor(share * samples.length))]!
  return { count: samples.length, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: samples.at(-1)! }
}
