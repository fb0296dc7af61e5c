/** What a failed call of CUDA or ONNX Runtime means for us. Pure. */
import { messageOf } from '../../../shared/errors.js'
import { CudaError } from '../native/cuda.js'
import { OrtError } from '../native/ort.js'

/**
 * out_of_memory  the call had no effect; smaller ones may succeed
 * gpu_lost       the device is lost to this process: every later call fails, and no result may be trusted
 * failed         this call failed; whether the device still works is told by the next one
 */
export type Failure = 'out_of_memory' | 'gpu_lost' | 'failed'

/** As `CudaCall` of ONNX Runtime's CUDA provider words it (`cuda_call.cc`), also within a cuDNN or cuBLAS failure. */
const CUDA_FAILURE = /CUDA (?:failure|error) (\d+)/i
/** `CUBLAS_STATUS_ALLOC_FAILED` and `CUDNN_STATUS_ALLOC_FAILED` come by name, numbers having changed. */
const LIBRARY_OUT_OF_MEMORY = /(?:CUBLAS|CUDNN)_STATUS_ALLOC_FAILED/

export function failureOf(error: unknown): Failure {
  const code = cudaCodeOf(error)
  if (code?.isSticky) return 'gpu_lost'
  const isOutOfMemory = error instanceof OrtError && error.isOutOfMemory
  if (code?.isOutOfMemory || isOutOfMemory || LIBRARY_OUT_OF_MEMORY.test(messageOf(error))) {
    return 'out_of_memory'
  }
  return 'failed'
}

/** Numbers are the same in the driver's and the runtime's API for all codes that matter here (`cuda.h`, `driver_types.h`). */
function cudaCodeOf(error: unknown): CudaError | null {
  if (error instanceof CudaError) return error
  const code = CUDA_FAILURE.exec(messageOf(error))?.[1]
  return code === undefined ? null : new CudaError('ONNX Runtime', Number(code), messageOf(error))
}

export interface MemoryAsked {
  /** Bytes of the request that failed; null where the message does not say. */
  neededBytes: number | null
  /** What the arena's limit still allowed then. */
  availableBytes: number | null
}

/** The arithmetic of the arena's own message (`BFCArena::Extend`, `bfc_arena.cc`). */
export function memoryAsked(message: string): MemoryAsked {
  const overLimit = /Available memory of (\d+) is smaller than requested bytes of (\d+)/.exec(message)
  if (overLimit) return { availableBytes: Number(overLimit[1]), neededBytes: Number(overLimit[2]) }
  const refused = /requested buffer of size (\d+)/.exec(message)
  return { availableBytes: null, neededBytes: refused ? Number(refused[1]) : null }
}
