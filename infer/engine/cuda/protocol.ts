/** What the engines of a GPU and its thread say to one another. `model` numbers the engine within its thread. */
import type { PreparedModel } from '../../model/prepared-model.js'
import type { EngineInfo, EngineStats } from '../engine.js'
import type { CudaOptions } from './options.js'

export interface ThreadData {
  ordinal: number
  /** Path of `libonnxruntime.so.1`; the provider's libraries lie beside it. */
  ortLibrary: string
  /** Int32 [1]: raised with each request, so that a thread that naps wakes up. */
  bell: SharedArrayBuffer
}

export interface LoadRequest {
  kind: 'load'
  model: number
  prepared: PreparedModel
  slabPath: string
  buckets: readonly number[]
  options: CudaOptions
  provider: 'cuda' | 'tensorrt'
  /** Folder for what is built once for this GPU. */
  cacheDir: string
}

export interface RunRequest {
  kind: 'run'
  model: number
  id: number
  bucket: number
  slots: readonly number[]
}

/** Engine → thread. */
export type GpuRequest =
  | LoadRequest
  | RunRequest
  | { kind: 'turn_given'; model: number }
  | { kind: 'stats'; model: number }
  | { kind: 'unload'; model: number }
  | { kind: 'close' }

/** A request as the engine writes it, before it is numbered. */
export type WithoutModel<Request> = Request extends { model: number } ? Omit<Request, 'model'> : never

/** What a model's engine is told. A turn is asked for each measurement; the pipelines ask for those of batches. */
export type ModelMessage =
  | { kind: 'turn_wanted'; model: number }
  | { kind: 'turn_over'; model: number }
  | { kind: 'loaded'; model: number; info: LoadedInfo }
  | { kind: 'load_failed'; model: number; message: string; key?: string; remedy?: string }
  | { kind: 'uploaded'; model: number; id: number }
  | { kind: 'result'; model: number; id: number; candidates: Float32Array; inferMs: number }
  | { kind: 'failed'; model: number; id: number; message: string }
  | { kind: 'stats'; model: number; stats: EngineStats }
  | { kind: 'unloaded'; model: number }

/** Thread → engines; `lost` is for all of them, and the last message. */
export type GpuMessage = ModelMessage | { kind: 'lost'; message: string }

export interface LoadedInfo extends Omit<EngineInfo, 'engine' | 'maxInFlight'> {
  /** What was decided on the way that people should know, such as a bucket without a graph, and why. */
  notes: readonly string[]
}
