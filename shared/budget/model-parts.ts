/**
 * What a model is expected to take of memory, part by part, from its file and its input alone: the formulas of the budget table
 * and of the estimate. Pure.
 *
 * On a CPU it is what the process grows by. Weights are held as read and as packed for the kernels; the arena keeps the
 * activations of every bucket that ran. Of seven models of five families (320 to 640 px) they took 45 to 124 bytes a pixel: what
 * is expected is 2 % to 110 % above what was measured and below it for none: one too large delays a model, one too small hurts all.
 *
 * On a GPU it is what the device has less of. Each bucket is a session of its own, with two sets of inputs and outputs. A YOLOv8n
 * of 640 × 640 px in fp16 took 2.9 GB in buckets of 1, 2, 4, 8, 16, 32 and 64 on an H200 (ONNX Runtime 1.29, CUDA 13). Its arena
 * had 14.6 MiB a frame in use at most, which is 37 bytes a pixel, and after warm-up keeps no more than that; the buffers are 158 MB
 * and exact; 105 MB a bucket remain, the libraries' own share of some 150 MB a process included. Expected are 48 bytes a pixel,
 * and twice that for fp32, which is no more than a guess for other models. Unlike on a CPU it need not be right: the limit is
 * enforced, and a bucket that does not fit is refused.
 */
import type { BudgetPart } from './profile.js'

export interface ChargedModel {
  /** Of the prepared .onnx. */
  fileBytes: number
  widthPx: number
  heightPx: number
  maxCandidates: number
  precision: 'fp32' | 'fp16' | 'int8'
  buckets: readonly number[]
}

export interface ExpectedPart {
  /** In words, for people. */
  formula: string
  bytes: number
}

/** The slab is exact, and not of the engine. */
export type ExpectedParts = Record<Exclude<BudgetPart, 'slab'>, ExpectedPart>

const MIB = 2 ** 20
const I420_BYTES_PER_PX = 1.5

/** A worker thread with its JavaScript heap, and a session without a graph. */
const CPU_CONTEXT_BYTES = 24 * MIB
const CPU_WEIGHTS = 3
const CPU_ACTIVATION_BYTES_PER_PX = 128 - I420_BYTES_PER_PX

/** Handles and workspaces of cuDNN and cuBLAS, compiled kernels, a CUDA graph. */
const GPU_WORKSPACE_BYTES = 80 * MIB
/** As read, and with their layout changed. */
const GPU_WEIGHTS = 2
const GPU_ACTIVATION_BYTES_PER_PX = { fp32: 96, fp16: 48, int8: 48 }
/** Of the process, and under no limit of models: not part of what one is charged. */
const GPU_CONTEXT_BYTES = 512 * MIB
const SETS = 2
const CANDIDATE_BYTES = 6 * 4

/** Host memory of an engine on the CPU. */
export function cpuParts({ fileBytes, widthPx, heightPx, buckets }: ChargedModel): ExpectedParts {
  const framesPx = framesOf(buckets) * widthPx * heightPx
  return {
    context: {
      formula: `${CPU_CONTEXT_BYTES / MIB} MiB: a thread and its runtime`,
      bytes: CPU_CONTEXT_BYTES,
    },
    weights: { formula: `${CPU_WEIGHTS} · file`, bytes: CPU_WEIGHTS * fileBytes },
    inputs: { formula: `${I420_BYTES_PER_PX} · input px · Σ buckets`, bytes: I420_BYTES_PER_PX * framesPx },
    activations: {
      formula: `${CPU_ACTIVATION_BYTES_PER_PX} · input px · Σ buckets`,
      bytes: CPU_ACTIVATION_BYTES_PER_PX * framesPx,
    },
    workspace: { formula: 'within activations', bytes: 0 },
  }
}

/** Device memory of an engine on a GPU; `context` is its process's, whatever the model. */
export function gpuParts(model: ChargedModel): ExpectedParts {
  const { fileBytes, widthPx, heightPx, maxCandidates, precision, buckets } = model
  const inputPx = widthPx * heightPx
  const frames = framesOf(buckets)
  const perPx = GPU_ACTIVATION_BYTES_PER_PX[precision]
  const frameBytes = I420_BYTES_PER_PX * inputPx + CANDIDATE_BYTES * maxCandidates
  return {
    context: { formula: `${GPU_CONTEXT_BYTES / MIB} MiB, once a process`, bytes: GPU_CONTEXT_BYTES },
    weights: { formula: `${GPU_WEIGHTS} · file · buckets`, bytes: GPU_WEIGHTS * fileBytes * buckets.length },
    inputs: { formula: `${SETS} · (frame + result) · Σ buckets`, bytes: SETS * frameBytes * frames },
    activations: { formula: `${perPx} · input px · Σ buckets`, bytes: perPx * inputPx * frames },
    workspace: {
      formula: `${GPU_WORKSPACE_BYTES / MIB} MiB · buckets`,
      bytes: GPU_WORKSPACE_BYTES * buckets.length,
    },
  }
}

function framesOf(buckets: readonly number[]): number {
  return buckets.reduce((sum, bucket) => sum + bucket, 0)
}
