/**
 * What a model is expected to take before it was ever loaded, from its file and its input. Pure.
 *
 * On a CPU it is what the process grows by:
 *
 *   fixed + 3 · prepared file + 128 · input pixels · Σ buckets
 *
 * Weights are held as read and as packed for the kernels; the arena keeps the activations of every bucket that ran. Of seven
 * models of five families (320 to 640 px, `test/bench/model-memory.ts`) the activations took 45 to 124 bytes a pixel, so that the
 * estimate is 2 % to 110 % above what was measured and below it for none: one too large delays a model, one too small hurts all.
 *
 * On a GPU it is what the device has less of. Each bucket is a session with weights, workspace and activations of its own, and
 * two sets of inputs and outputs:
 *
 *   Σ over buckets: fixed + 2 · prepared file + bucket · (activations · input pixels + 2 · (1.5 · input pixels + output))
 *
 * A YOLOv8n of 640 × 640 px in fp16 took 108, 306 and 984 MiB in buckets of 1, 8 and 32 on an H200 (ONNX Runtime 1.29, CUDA 13):
 * 80 MiB, and 28.3 MiB a frame, which is 72 bytes a pixel. Charged are 96 bytes, a third more, and twice that for fp32, which is
 * no more than a guess for other models. Unlike on a CPU it need not be right: the limit is enforced, and a bucket that
 * does not fit is refused.
 */
import type { ModelRecord } from '../model/model-record.js'
import { layoutOf } from '../slab/layout.js'
import type { DeviceCapacity } from './budget.js'
import type { ModelEstimate } from './knowledge.js'

/** A worker thread with its JavaScript heap, and a session without a graph. */
const CPU_FIXED_BYTES = 24 * 2 ** 20
const CPU_WEIGHTS = 3
const CPU_ACTIVATION_BYTES_PER_PX = 128

/** Handles and workspaces of cuDNN and cuBLAS, compiled kernels, a CUDA graph. */
const GPU_FIXED_BYTES = 80 * 2 ** 20
/** As read, and with their layout changed. */
const GPU_WEIGHTS = 2
const GPU_ACTIVATION_BYTES_PER_PX = { fp32: 192, fp16: 96, int8: 96 }
const I420_BYTES_PER_PX = 1.5
const SETS = 2
const CANDIDATE_BYTES = 6 * 4
/** Of a model that was not prepared yet: what the families keep for suppression. */
const ASSUMED_CANDIDATES = 300

export interface ChargedModel {
  /** Of the prepared .onnx. */
  fileBytes: number
  widthPx: number
  heightPx: number
  maxCandidates: number
  precision: 'fp32' | 'fp16' | 'int8'
  buckets: readonly number[]
}

/** Host memory of an engine on the CPU, without the slab. */
export function estimateHostBytes({ fileBytes, widthPx, heightPx, buckets }: ChargedModel): number {
  const framesPx = buckets.reduce((sum, bucket) => sum + bucket, 0) * widthPx * heightPx
  return Math.ceil(CPU_FIXED_BYTES + CPU_WEIGHTS * fileBytes + CPU_ACTIVATION_BYTES_PER_PX * framesPx)
}

/** Device memory of an engine on a GPU. */
export function estimateDeviceBytes(model: ChargedModel): number {
  const { fileBytes, widthPx, heightPx, maxCandidates, precision, buckets } = model
  const inputPx = widthPx * heightPx
  const buffers = SETS * (I420_BYTES_PER_PX * inputPx + CANDIDATE_BYTES * maxCandidates)
  const frameBytes = GPU_ACTIVATION_BYTES_PER_PX[precision] * inputPx + buffers
  const ofBucket = (bucket: number): number => GPU_FIXED_BYTES + GPU_WEIGHTS * fileBytes + bucket * frameBytes
  return Math.ceil(buckets.reduce((sum, bucket) => sum + ofBucket(bucket), 0))
}

/**
 * @param buckets those that it would be loaded with.
 * @returns null where the record says too little: a file that cannot be read or recognised.
 */
export function estimateOf(
  record: ModelRecord,
  { kind, slabRows, slabSlots }: Pick<DeviceCapacity, 'kind' | 'slabRows' | 'slabSlots'>,
  buckets: readonly number[],
): ModelEstimate | null {
  const { name, bytes, widthPx, heightPx, precision } = record
  if (bytes === null || widthPx === null || heightPx === null) return null
  const slab = layoutOf({ slotCount: slabSlots, rowCount: slabRows, widthPx, heightPx })
  const of = { fileBytes: bytes, widthPx, heightPx, precision, buckets, maxCandidates: ASSUMED_CANDIDATES }
  const onGpu = kind === 'gpu'
  return {
    model: name,
    deviceBytes: onGpu ? estimateDeviceBytes(of) : 0,
    hostBytes: slab.totalBytes + (onGpu ? 0 : estimateHostBytes(of)),
    frameBytes: slab.frameBytes,
  }
}
