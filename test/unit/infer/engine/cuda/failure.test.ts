import { describe, expect, it } from 'vitest'
import { failureOf, memoryAsked } from '../../../../../infer/engine/cuda/failure.js'
import { CudaError } from '../../../../../infer/engine/native/cuda.js'
import { OrtError } from '../../../../../infer/engine/native/ort.js'

const RUN = 'RunWithBinding'
/** As the CUDA provider writes it (`cuda_call.cc`). */
const cudaFailure = (code: number, text: string): string =>
  `CUDA failure ${code}: ${text} ; GPU=0 ; hostname=host ; file=cuda_execution_provider.cc ; line=483 ; expr=cudaStreamSynchronize(stream_); `

describe('what a failure means', () => {
  it.each([4, 214, 700, 702, 710, 714, 715, 716, 717, 718, 719, 720, 999])(
    'CUDA error %i loses the device, whoever tells it',
    code => {
      expect(failureOf(new CudaError('cuEventQuery', code, 'text'))).toBe('gpu_lost')
      expect(failureOf(new OrtError(RUN, 1, cudaFailure(code, 'text')))).toBe('gpu_lost')
    },
  )

  it.each([
    new CudaError('cuMemAlloc_v2', 2, 'CUDA_ERROR_OUT_OF_MEMORY'),
    new OrtError(RUN, 6, 'Available memory of 1024 is smaller than requested bytes of 52428800'),
    new OrtError(RUN, 6, 'Failed to allocate memory for requested buffer of size 52428800'),
    new OrtError(RUN, 1, cudaFailure(2, 'out of memory')),
    new OrtError(RUN, 1, 'CUBLAS failure 3: CUBLAS_STATUS_ALLOC_FAILED ; GPU=0 ; hostname=host'),
    new OrtError(RUN, 11, 'CUDNN_FE failure 8: CUDNN_BACKEND_API_FAILED (CUDNN_STATUS_ALLOC_FAILED)'),
  ])('$message is a lack of memory', error => {
    expect(failureOf(error)).toBe('out_of_memory')
  })

  it.each([
    new CudaError('cuStreamEndCapture', 901, 'CUDA_ERROR_STREAM_CAPTURE_INVALIDATED'),
    new OrtError('CreateSession', 3, 'Load model from x.onnx failed: File doesn’t exist'),
    new OrtError(RUN, 1, cudaFailure(900, 'operation not permitted when stream is capturing')),
    new Error('its result is not that of the plain run'),
  ])('$message is a failure of this call', error => {
    expect(failureOf(error)).toBe('failed')
  })
})

describe('the arithmetic of the arena', () => {
  it('is read from its message', () => {
    expect(memoryAsked('… Available memory of 12345 is smaller than requested bytes of 678901')).toEqual({
      availableBytes: 12345,
      neededBytes: 678901,
    })
    expect(memoryAsked('Failed to allocate memory for requested buffer of size 4096')).toEqual({
      availableBytes: null,
      neededBytes: 4096,
    })
  })

  it('is nothing where the message has none', () => {
    expect(memoryAsked('CUDA failure 2: out of memory')).toEqual({ availableBytes: null, neededBytes: null })
  })
})
