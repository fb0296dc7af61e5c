/** Execution providers of a session, appended in the order of their preference. For `ort.ts` alone. */
import type { CudaStream } from './cuda.js'
import type { OrtCalls } from './ort-calls.js'

export interface ProviderSettings {
  name: 'cuda' | 'tensorrt' | 'cpu'
  /** Keys and values as `provider_options` of ONNX Runtime’s documentation has them. */
  options: Readonly<Record<string, string>>
  /** The stream that the provider works in; its own where none is given. */
  computeStream?: CudaStream
}

const names = {
  cuda: {
    create: 'CreateCUDAOptions',
    update: 'UpdateCUDAOptions',
    set: 'UpdateCUDAOption',
    append: 'AppendCUDA',
    release: 'ReleaseCUDAOptions',
  },
  tensorrt: {
    create: 'CreateTensorRTOptions',
    update: 'UpdateTensorRTOptions',
    set: 'UpdateTensorRTOption',
    append: 'AppendTensorRT',
    release: 'ReleaseTensorRTOptions',
  },
} as const

/** @throws OrtError where a provider’s library, or one that it needs, is missing. */
export function appendProviders(
  calls: OrtCalls,
  sessionOptions: number,
  providers: readonly ProviderSettings[],
): void {
  for (const provider of providers) if (provider.name !== 'cpu') append(calls, sessionOptions, provider)
}

function append(calls: OrtCalls, sessionOptions: number, provider: ProviderSettings): void {
  const name = names[provider.name as keyof typeof names]
  const options = calls.take(name.create)
  try {
    const keys = Object.keys(provider.options)
    const values = Object.values(provider.options)
    calls.do(name.update, options, keys, values, keys.length)
    if (provider.computeStream) {
      calls.do(name.set, options, 'user_compute_stream', provider.computeStream.address)
    }
    calls.do(name.append, sessionOptions, options)
  } finally {
    calls.raw[name.release](options)
  }
}
