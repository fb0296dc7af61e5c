/** What the onnxruntime engine and its worker thread say to one another. */
import type { PreparedModel } from '../../model/prepared-model.js'
import type { LoadMemory } from '../load-memory.js'

export interface WorkerData {
  model: PreparedModel
  slabPath: string
  buckets: readonly number[]
  threads: number
  /** Of the process, before there was a thread for the model. */
  beforeBytes: number
  firstOfProcess: boolean
}

export interface RunRequest {
  kind: 'run'
  id: number
  bucket: number
  slots: readonly number[]
}

/** Engine → worker. */
export type WorkerRequest = RunRequest | { kind: 'turn_given' } | { kind: 'close' }

/** Worker → engine. A turn is asked for each warm-up run; the engine asks for those of batches itself. */
export type WorkerMessage =
  | { kind: 'turn_wanted' }
  | { kind: 'turn_over' }
  | { kind: 'loaded'; runMs: [bucket: number, ms: number][]; memory: LoadMemory }
  | { kind: 'uploaded'; id: number }
  | { kind: 'result'; id: number; candidates: Float32Array; inferMs: number }
  | { kind: 'failed'; id: number | null; message: string }
