/**
 * What a model is charged before it loads: its slab, which is exact, and its engine. The engine's share is what the process
 * grew by when it loaded the model on this machine (`cost-store.ts`); one that never was loaded here is charged an estimate:
 *
 *   fixed + WEIGHTS · prepared file + ACTIVATIONS · input pixels · Σ buckets
 *
 * Weights are held as read and as packed for the kernels; the arena keeps the activations of every bucket that ran. Of seven
 * models of five families (320 to 640 px, `test/bench/model-memory.ts`) the activations took 45 to 124 bytes a pixel, so that the
 * estimate is 2 % to 110 % above what was measured and below it for none: one too large delays a model, one too small hurts all.
 */

/** A worker thread with its JavaScript heap, and a session without a graph. */
const FIXED_BYTES = 24 * 2 ** 20
const WEIGHTS = 3
const ACTIVATION_BYTES_PER_PX = 128

export interface ChargedModel {
  /** Of the prepared .onnx. */
  fileBytes: number
  widthPx: number
  heightPx: number
  buckets: readonly number[]
}

/** Bytes of the engine, without the slab. */
export function estimateEngineBytes({ fileBytes, widthPx, heightPx, buckets }: ChargedModel): number {
  const framesBytes = buckets.reduce((sum, bucket) => sum + bucket, 0) * widthPx * heightPx
  return Math.ceil(FIXED_BYTES + WEIGHTS * fileBytes + ACTIVATION_BYTES_PER_PX * framesBytes)
}
