/**
 * What ONNX Runtime's providers are told, from our settings and the memory that is left. Pure.
 *
 * Sources: ONNX Runtime's pages on the CUDA and TensorRT execution providers; `cuda_execution_provider_info.cc` and
 * `nn/conv.cc` of its CUDA provider. Every key here occurs in the provider libraries of 1.29.0.
 */
import path from 'node:path'
import type { PreparedModel } from '../../model/prepared-model.js'
import type { EngineProvider } from '../engine.js'
import type { ProviderSettings } from '../native/ort.js'
import type { CudaOptions } from './options.js'

type Options = Record<string, string>

export interface ProviderRequest {
  /** Never `cpu`: that needs no options. */
  provider: Exclude<EngineProvider, 'cpu'>
  model: Pick<PreparedModel, 'inputName' | 'widthPx' | 'heightPx' | 'precision' | 'digest' | 'batch'>
  /** The only batch size that the session will run. */
  bucket: number
  ordinal: number
  /** What the session's arena may hold. */
  limitBytes: number
  /** Folder for TensorRT's built engines. */
  cacheDir: string
  options: CudaOptions
}

const MIB = 2 ** 20
const LEAST_WORKSPACE_BYTES = 64 * MIB
/** Values a pixel that the widest layers of a YOLO keep at a time: 320 × 320 × 64 in and out of a 640 × 640 frame, twice over for a transformed copy. */
const WORKSPACE_VALUES_PER_PIXEL = 64

/** In the order of preference; what CUDA cannot run falls to the CPU by itself. */
export function providersOf(request: ProviderRequest): Omit<ProviderSettings, 'computeStream'>[] {
  const cuda = { name: 'cuda', options: cudaOptions(request) } as const
  if (request.provider === 'cuda') return [cuda]
  return [{ name: 'tensorrt', options: tensorrtOptions(request) }, cuda]
}

export function cudaOptions({ model, ordinal, limitBytes, options }: ProviderRequest): Options {
  const tensorCores = options.tf32 || model.precision !== 'fp32'
  const nhwc = options.nhwc && tensorCores
  return {
    device_id: String(ordinal),
    // Memory: the arena never holds more; a request beyond it fails with both numbers, and is caught.
    gpu_mem_limit: String(limitBytes),
    // Memory: grows by what is asked for. The other strategy doubles, and held up to twice what runs need.
    arena_extend_strategy: 'kSameAsRequested',
    // Speed: which of cuDNN's heuristics picks the kernels (`HeurMode` B, A, FALLBACK). Paid at load.
    cudnn_conv_algo_search: options.cudnnSearch.toUpperCase(),
    // Memory for speed; see `options.ts`.
    cudnn_conv_use_max_workspace: flag(options.cudnnMaxWorkspace),
    // Speed: channels last. ONNX Runtime's own graph capture refuses it; ours (`bucket.ts`) does not. For tensor cores alone:
    // without them cuDNN may have no such kernel, and the provider then takes TF32 in spite of `use_tf32` (`conv.cc`).
    prefer_nhwc: flag(nhwc),
    // Speed. Without channels last it clears the output by a call on the default stream: no capture, and slower.
    fuse_conv_bias: flag(options.fuseConvBias && nhwc),
    // Speed. 0 strikes every kernel that uses tensor cores off the list, those of fp16 too: it is for fp32 alone.
    use_tf32: flag(tensorCores),
    // Copies of the provider's own go where its kernels go: their order needs no events.
    do_copy_in_default_stream: '1',
    // Captured by us: see `prefer_nhwc`.
    enable_cuda_graph: '0',
  }
}

/** Where built engines and timings are kept; TensorRT expects the folder to be there. */
export function tensorrtFolder(cacheDir: string): string {
  return path.join(cacheDir, 'tensorrt')
}

export function tensorrtOptions(request: ProviderRequest): Options {
  const { model, bucket, ordinal, cacheDir, options } = request
  const shape = `${model.inputName}:${bucket}x${(model.heightPx * 3) / 2}x${model.widthPx}`
  return {
    device_id: String(ordinal),
    // Time: a build takes minutes; it is kept for this GPU, this TensorRT and this model.
    trt_engine_cache_enable: '1',
    trt_engine_cache_path: tensorrtFolder(cacheDir),
    trt_engine_cache_prefix: `${model.digest.slice(0, 16)}-${model.precision}-${bucket}`,
    // Time: what was measured of single layers serves the builds of other buckets and models.
    trt_timing_cache_enable: '1',
    trt_timing_cache_path: tensorrtFolder(cacheDir),
    trt_fp16_enable: flag(model.precision === 'fp16'),
    // Scales come from the Q/DQ nodes of the prepared model: no calibration table.
    trt_int8_enable: flag(model.precision === 'int8'),
    // Memory: the most that one layer may use beside its tensors.
    trt_max_workspace_size: String(tensorrtWorkspaceBytes(request)),
    // Speed and memory: built for the one shape that the session runs.
    ...(model.batch === 'dynamic' && {
      trt_profile_min_shapes: shape,
      trt_profile_opt_shapes: shape,
      trt_profile_max_shapes: shape,
    }),
    // Memory: subgraphs of one model run one after another, and share their scratch memory.
    trt_context_memory_sharing_enable: '1',
    // Captured by us.
    trt_cuda_graph_enable: '0',
    ...(options.graphs && { trt_auxiliary_streams: '0' }), // one stream: what is captured is all of it
  }
}

/** bucket · width · height · 64 values of the precision's size, at least 64 MiB, at most a quarter of the limit. */
export function tensorrtWorkspaceBytes({ model, bucket, limitBytes, options }: ProviderRequest): number {
  if (options.tensorrtWorkspaceBytes !== 'auto') return options.tensorrtWorkspaceBytes
  const valueBytes = model.precision === 'fp32' ? 4 : 2
  const wanted = bucket * model.widthPx * model.heightPx * WORKSPACE_VALUES_PER_PIXEL * valueBytes
  return Math.floor(Math.min(Math.max(wanted, LEAST_WORKSPACE_BYTES), limitBytes / 4))
}

function flag(on: boolean): '0' | '1' {
  return on ? '1' : '0'
}
