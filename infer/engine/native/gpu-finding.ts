/** One thing that keeps the GPU from being used, or part of it: for `ringside doctor`, `ringside gpu install` and infer’s start log alike. */

export interface GpuFinding {
  /** The library, device or folder at fault. */
  file: string
  /** What is there instead, with its version. */
  found: string
  /** What is needed, with its version. */
  wanted: string
  /** What mends it: a command wherever one does. */
  remedy: string
}

/** "libcudnn.so.9: not found; wanted: cuDNN 9 for CUDA 13" */
export function describeFinding({ file, found, wanted }: GpuFinding): string {
  return `${file}: ${found}; wanted: ${wanted}`
}
