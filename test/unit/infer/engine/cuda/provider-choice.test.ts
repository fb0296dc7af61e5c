import { describe, expect, it } from 'vitest'
import { chooseProvider } from '../../../../../infer/engine/cuda/provider-choice.js'

const both = { cuda: null, tensorrt: null }
const noTensorrt = { cuda: null, tensorrt: 'libnvinfer.so.10 is missing' }
const none = { cuda: 'libcudnn.so.9 is missing', tensorrt: null }

describe('the provider of a model', () => {
  it.each([
    ['auto', both, 'tensorrt', 'TensorRT are there'],
    ['auto', noTensorrt, 'cuda', 'libnvinfer.so.10 is missing'],
    ['auto', none, 'cpu', 'libcudnn.so.9 is missing'],
    ['cuda', both, 'cuda', 'asks for CUDA'],
    ['tensorrt', both, 'tensorrt', 'asks for TensorRT'],
  ] as const)('%s of %o is %s, and says why', (asked, found, provider, why) => {
    const choice = chooseProvider(asked, found)
    expect(choice.provider).toBe(provider)
    expect(choice.reason).toContain(why)
  })

  it.each([
    ['tensorrt', noTensorrt, 'libnvinfer.so.10 is missing'],
    ['tensorrt', none, 'libcudnn.so.9 is missing'],
    ['cuda', none, 'libcudnn.so.9 is missing'],
  ] as const)('%s by name is refused where %o', (asked, found, why) => {
    expect(() => chooseProvider(asked, found)).toThrow(
      expect.objectContaining({
        code: 'gpu_unavailable',
        key: 'model.cuda.provider',
        value: asked,
        message: expect.stringContaining(why),
      }),
    )
  })
})
