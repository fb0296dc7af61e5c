import { describe, expect, it } from 'vitest'
import type { CudaOptions } from '../../../../../infer/engine/cuda/options.js'
import {
  cudaOptions,
  type ProviderRequest,
  providersOf,
  tensorrtOptions,
  tensorrtWorkspaceBytes,
} from '../../../../../infer/engine/cuda/provider-options.js'

const options: CudaOptions = {
  memoryBytes: 'auto',
  provider: 'auto',
  graphs: true,
  nhwc: true,
  fuseConvBias: true,
  tf32: false,
  cudnnSearch: 'exhaustive',
  cudnnMaxWorkspace: true,
  tensorrtWorkspaceBytes: 'auto',
}
const model: ProviderRequest['model'] = {
  inputName: 'i420',
  widthPx: 640,
  heightPx: 480,
  precision: 'fp16',
  digest: '0123456789abcdef'.repeat(4),
  batch: 'dynamic',
}
const request: ProviderRequest = {
  provider: 'cuda',
  model,
  bucket: 8,
  ordinal: 1,
  limitBytes: 3e9,
  cacheDir: '/cache',
  options,
}
const withOptions = (more: Partial<CudaOptions>): ProviderRequest => ({
  ...request,
  options: { ...options, ...more },
})
const withPrecision = (precision: 'fp32' | 'fp16' | 'int8'): ProviderRequest => ({
  ...request,
  model: { ...model, precision },
})

describe('options of the CUDA provider', () => {
  it('hold the arena to its limit, on the device asked for', () => {
    expect(cudaOptions(request)).toMatchObject({
      device_id: '1',
      gpu_mem_limit: '3000000000',
      arena_extend_strategy: 'kSameAsRequested',
      cudnn_conv_algo_search: 'EXHAUSTIVE',
      do_copy_in_default_stream: '1',
      enable_cuda_graph: '0',
    })
  })

  it('follow the settings', () => {
    expect(cudaOptions(withOptions({ cudnnSearch: 'heuristic', cudnnMaxWorkspace: false }))).toMatchObject({
      cudnn_conv_algo_search: 'HEURISTIC',
      cudnn_conv_use_max_workspace: '0',
    })
  })

  it('fuse the bias with channels last alone', () => {
    expect(cudaOptions(request)).toMatchObject({ prefer_nhwc: '1', fuse_conv_bias: '1' })
    expect(cudaOptions(withOptions({ nhwc: false }))).toMatchObject({ prefer_nhwc: '0', fuse_conv_bias: '0' })
    expect(cudaOptions(withOptions({ fuseConvBias: false }))).toMatchObject({ fuse_conv_bias: '0' })
  })

  it('never strike the tensor cores off for fp16; without them fp32 is exact, in the layout that has kernels', () => {
    expect(cudaOptions(withPrecision('fp16'))).toMatchObject({ use_tf32: '1', prefer_nhwc: '1' })
    expect(cudaOptions(withPrecision('fp32'))).toMatchObject({
      use_tf32: '0',
      prefer_nhwc: '0',
      fuse_conv_bias: '0',
    })
    const fast = { ...withPrecision('fp32'), options: { ...options, tf32: true } }
    expect(cudaOptions(fast)).toMatchObject({ use_tf32: '1', prefer_nhwc: '1', fuse_conv_bias: '1' })
  })
})

describe('options of TensorRT', () => {
  it('are laid over CUDA', () => {
    expect(providersOf(request).map(({ name }) => name)).toEqual(['cuda'])
    expect(providersOf({ ...request, provider: 'tensorrt' }).map(({ name }) => name)).toEqual([
      'tensorrt',
      'cuda',
    ])
  })

  it('build for the one shape of the bucket, and keep what was built apart from that of other buckets', () => {
    const shape = 'i420:8x720x640'
    expect(tensorrtOptions(request)).toMatchObject({
      trt_profile_min_shapes: shape,
      trt_profile_opt_shapes: shape,
      trt_profile_max_shapes: shape,
      trt_engine_cache_path: '/cache/tensorrt',
      trt_engine_cache_prefix: '0123456789abcdef-fp16-8',
    })
  })

  it('give a graph of fixed shape no profile', () => {
    const fixed: ProviderRequest = { ...request, bucket: 1, model: { ...model, batch: 1 } }
    expect(Object.keys(tensorrtOptions(fixed)).filter(key => key.includes('profile'))).toEqual([])
  })

  it.each([
    ['fp32', '0', '0'],
    ['fp16', '1', '0'],
    ['int8', '0', '1'],
  ] as const)('allow for %s the types of the model', (precision, fp16, int8) => {
    expect(tensorrtOptions(withPrecision(precision))).toMatchObject({
      trt_fp16_enable: fp16,
      trt_int8_enable: int8,
    })
  })

  it('give workspace by the formula, between 64 MiB and a quarter of the limit, or as set', () => {
    expect(tensorrtWorkspaceBytes(request)).toBe(8 * 640 * 480 * 64 * 2)
    expect(tensorrtWorkspaceBytes({ ...request, bucket: 1 })).toBe(64 * 2 ** 20)
    expect(tensorrtWorkspaceBytes({ ...request, bucket: 64 })).toBe(3e9 / 4)
    expect(tensorrtWorkspaceBytes(withOptions({ tensorrtWorkspaceBytes: 123 }))).toBe(123)
  })
})
