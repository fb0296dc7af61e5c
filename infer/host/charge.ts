/**
 * What a model is charged before it loads: its slab, which is exact, and its engine. The engine's share is what the process
 * grew by when it loaded the model last (`cost-store.ts`); a model that never was loaded here is charged an estimate:
 *
 *   fixed + WEIGHTS · prepared file + ACTIVATIONS · input pixels · Σ buckets
 *
 * Weights are held as read and as packed for the kernels. The arena keeps activations of every bucket that ran. The factors are
 * fits over the models of docs/models.md, rounded up: an estimate that is too large delays a model, one too small hurts all.
 */

/** A worker thread with its JavaScript heap, and a session without a graph. */
const FIXED_BYTES = 24 * 2 ** 20
const WEIGHTS = 3
const ACTIVATION_BYTES_PER_PX = 64

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
