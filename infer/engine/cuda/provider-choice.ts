/** Which provider of ONNX Runtime runs a model: TensorRT, CUDA, or the CPU last. Pure; whoever asks prints the reason. */
import { RingsideError } from '../../../shared/errors.js'
import type { EngineProvider } from '../engine.js'
import type { CudaOptions } from './options.js'

/** Why a provider cannot be used; null where everything that it needs is there. */
export interface ProvidersFound {
  cuda: string | null
  tensorrt: string | null
}

export interface ProviderChoice {
  provider: EngineProvider
  /** A sentence for people: never chosen in silence. */
  reason: string
}

/** TensorRT lays itself over CUDA: it needs both. @throws RingsideError `gpu_unavailable` where what was asked for by name is not there. */
export function chooseProvider(asked: CudaOptions['provider'], found: ProvidersFound): ProviderChoice {
  const noTensorrt = found.cuda ?? found.tensorrt
  if (asked === 'tensorrt') {
    if (noTensorrt === null) return { provider: 'tensorrt', reason: 'model.cuda.provider asks for TensorRT' }
    throw missing('TensorRT', asked, noTensorrt)
  }
  if (asked === 'cuda') {
    if (found.cuda === null) return { provider: 'cuda', reason: 'model.cuda.provider asks for CUDA' }
    throw missing('CUDA', asked, found.cuda)
  }
  if (noTensorrt === null) return { provider: 'tensorrt', reason: 'the libraries of TensorRT are there' }
  if (found.cuda === null) return { provider: 'cuda', reason: `TensorRT is not used: ${found.tensorrt}` }
  return { provider: 'cpu', reason: `CUDA cannot be used: ${found.cuda}` }
}

function missing(what: string, asked: string, why: string): RingsideError {
  return new RingsideError('gpu_unavailable', `${what} is asked for and cannot be used: ${why}`, {
    key: 'model.cuda.provider',
    value: asked,
    remedy: 'Put its libraries in place (`ringside doctor` says which), or set model.cuda.provider to auto.',
  })
}
