/** What a load took of memory, as the engine itself saw it on its way: what a profile is made of. Pure types. */

/** Bytes are growth of the kind of memory that models take there: what the device has less of, or the process's anonymous memory. */
export interface LoadMemory {
  /**
   * Before the model: on a GPU the context of the process, on a CPU the engine's thread with its runtime. null where another
   * model had it made before, or nothing tells.
   */
  contextBytes: number | null
  /** The session with its weights, before anything ran; 0 where each bucket has a session of its own. */
  sessionBytes: number
  /** No model was loaded in this process before: on a GPU its first bucket also pays for what the libraries take once. */
  firstOfProcess: boolean
  /** In the order in which they were loaded. */
  buckets: readonly BucketLoad[]
}

/** One bucket that was loaded and warmed up. */
export interface BucketLoad {
  bucket: number
  /** Once it was warm. */
  warmBytes: number
  /** Once its measured runs had ended. */
  residentBytes: number
  /** The most in between, as far as it was seen: between the steps on a GPU; on a CPU the kernel keeps it. */
  peakBytes: number
  /** Inputs and outputs, allocated once. */
  bufferBytes: number
  /** `idleBytes`: in use with nothing running. null where the engine has no arena that it can count. */
  arena: { idleBytes: number; reservedBytes: number; peakBytes: number } | null
  /** Of the whole process: on the device, or resident; null where nothing tells. */
  processBytes: number | null
  /** Used of the device by everybody; null on a CPU. */
  deviceUsedBytes: number | null
  /** The first run, and on a GPU the capture of its graphs. */
  firstRunMs: number
  /** Milliseconds of the measured runs of its warm-up. */
  runMs: readonly number[]
}
