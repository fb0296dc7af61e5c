/** cuDNN as it says itself: its file name tells its major alone, and builds for CUDA 12 and 13 share it. */
import { koffi } from '../../../shared/native/ffi.js'

export interface CudnnVersion {
  /** Such as `9.28.0`. */
  version: string
  /** Of the CUDA that it was built for: 1000 · major + 10 · minor. */
  cudaVersion: number
}

/** Loads it into this process, where it stays. @throws Error where it does not load. */
export function cudnnVersion(file: string): CudnnVersion {
  const library = koffi.load(file)
  // Both are of the backend API (cudnn_version.h); a version is 10000 · major + 100 · minor + patch since 9.
  const code = Number(library.func('size_t cudnnGetVersion()')())
  const cudaVersion = Number(library.func('size_t cudnnGetCudartVersion()')())
  return {
    version: `${Math.floor(code / 10_000)}.${Math.floor(code / 100) % 100}.${code % 100}`,
    cudaVersion,
  }
}
