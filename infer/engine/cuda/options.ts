/** What only the CUDA engine is told: the settings `model.cuda`, as the configuration has them. Defaults stand there. */

export interface CudaOptions {
  /**
   * Device memory that all models of a GPU may hold together: weights, activations, buffers. `auto`: what the budget of the device allows, 0.8 of it unless changed.
   * CUDA itself (context, cuDNN, cuBLAS: 0.3 to 1 GB) comes on top of it.
   */
  memoryBytes: 'auto' | number
  /** `auto`: TensorRT where its libraries are, else CUDA; `tensorrt` alone is refused where they are missing. */
  provider: 'auto' | 'tensorrt' | 'cuda'
  /** Each bucket is captured as one CUDA graph: a run is then one call. Costs some MB of device memory a bucket. */
  graphs: boolean
  /** Activations with their channels last, as tensor cores want them, where they are used: fp16, or fp32 with `tf32`. Faster; a few transposes more. */
  nhwc: boolean
  /** Bias is added inside the convolution, with channels last alone. Fewer passes over memory; cuDNN compiles such kernels at load, 3 to 5 s a bucket. */
  fuseConvBias: boolean
  /** fp32 models may round to 10 bits of mantissa, as tensor cores do. Faster; scores change in the third digit. fp16 models use tensor cores in any case. */
  tf32: boolean
  /** How cuDNN picks kernels: `exhaustive` its slower, better heuristic, `heuristic` the quicker, `default` the fallback, which can be very slow. */
  cudnnSearch: 'exhaustive' | 'heuristic' | 'default'
  /** Kernels may take as much scratch memory as they like, inside the limit; without it, 32 MiB. Read by the cuDNN 8 code path alone. */
  cudnnMaxWorkspace: boolean
  /** Scratch memory that TensorRT may use. `auto`: by the formula of `provider-options.ts`. */
  tensorrtWorkspaceBytes: 'auto' | number
}
