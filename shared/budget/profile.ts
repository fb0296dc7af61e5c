/** What one model was measured to take of one device: the base of admission, plan and budget table. Pure types. */

/** What a profile holds for: it is stale where any of these differs, but for `name` and `totalBytes`. */
export interface ProfiledDevice {
  /** `cpu-0`, `cuda-<n>`. */
  id: string
  kind: 'cpu' | 'gpu'
  /** For people. */
  name: string
  /** Version of the driver; null on a CPU. */
  driver: string | null
  /** Hardware and engine options, as `DeviceFacts.fingerprint`. */
  fingerprint: string
  /** Memory that models share: of the device; on a CPU of the host, or of the cgroup. */
  totalBytes: number
  /** Threads of one inference; null on a GPU. */
  threads: number | null
}

/** One bucket. Bytes are of the memory that models take on the device's kind: the GPU's, or the process's anonymous memory. */
export interface BucketProfile {
  bucket: number
  /** Growth since before this bucket was loaded, after its warm-up; of the first, with what its model takes beside buckets. */
  afterLoadBytes: number
  /** The most while it ran. */
  peakBytes: number
  /** Growth that stayed when its runs had ended. */
  residentBytes: number
  /** null where the device has no arena of ours. */
  arena: { inUseBytes: number; reservedBytes: number; peakBytes: number } | null
  /** Of the whole process, as the system or the driver says; null where it does not. */
  processBytes: number | null
  /** Used of the device by everybody; null on a CPU. */
  deviceUsedBytes: number | null
  runs: number
  /** Of a full batch: its quickest tenth, while nothing else wanted the cores. Costs are reckoned by it; what is dearer later is measured then. */
  p10Ms: number
  p50Ms: number
  p99Ms: number
  /** The very first run: compilation, search, capture. */
  firstRunMs: number
}

/** bytes(bucket) ≈ fixedBytes + bytesPerItem · bucket; where each bucket has a session of its own the model's bytes are the sum over buckets. */
export interface ProfileFit {
  /** Of the model, whatever the buckets: weights, context share. */
  fixedBytes: number
  /** Of each bucket that is kept, whatever its size. */
  bytesPerBucket: number
  bytesPerItem: number
  /** Measured less fitted, a bucket. */
  residualBytes: { bucket: number; bytes: number }[]
  /** p10 / bucket: what a frame costs in a full batch, on a machine that does nothing else. */
  msPerFrame: { bucket: number; ms: number }[]
}

/** null where it could not be told from the rest. */
export interface OnceBytes {
  /** CUDA's context. */
  contextBytes: number | null
  /** Kernels and handles of cuDNN and cuBLAS, which the first run of a process loads. */
  libraryBytes: number | null
}

export const budgetParts = ['context', 'weights', 'inputs', 'activations', 'workspace', 'slab'] as const
export type BudgetPart = (typeof budgetParts)[number]

/** One line of the budget table. */
export interface BudgetLine {
  part: BudgetPart
  /** In words of the glossary, e.g. `2 · file`. */
  formula: string
  predictedBytes: number
  /** null where nothing can tell this part from the others. */
  measuredBytes: number | null
  /** (predicted − measured) / measured; null where nothing was measured. */
  error: number | null
}

export interface ModelProfile {
  v: 1
  model: string
  /** SHA-256 of the prepared file. */
  digest: string
  /** SHA-256 of the file that it was prepared from, by which a model is known before it is prepared. Absent: not known. */
  sourceDigest?: string
  precision: 'fp32' | 'fp16' | 'int8'
  provider: 'cpu' | 'cuda' | 'tensorrt'
  device: ProfiledDevice
  /** What a process takes of the device once, whichever model comes first: count it once for all models. Absent on a CPU. */
  once?: OnceBytes
  inputWidthPx: number
  inputHeightPx: number
  /** Bytes of one slot's frame: what is uploaded for each. */
  frameBytes: number
  /** Host memory of its slab, and its slots. */
  slabBytes: number
  slots: number
  buckets: BucketProfile[]
  refusedBuckets: { bucket: number; reason: string }[]
  fit: ProfileFit
  table: BudgetLine[]
  /** Host → device while nothing else ran; null on a CPU. */
  uploadBytesPerSecond: number | null
  measuredAtMs: number
  /** Version of Ringside. */
  version: string
  /** Loads that were measured; figures are their medians. */
  rounds?: number
}
