/** What the onnxruntime engine and its worker thread say to one another. */
import type { PreparedModel } from '../../model/prepared-model.js'

export interface WorkerData {
  model: PreparedModel
  slabPath: string
  buckets: readonly number[]
  threads: number
}

export interface RunRequest {
  id: number
  bucket: number
  slots: readonly number[]
}

export type WorkerMessage =
  | { kind: 'loaded'; runMs: [bucket: number, ms: number][] }
  | { kind: 'uploaded'; id: number }
  | { kind: 'result'; id: number; candidates: Float32Array; inferMs: number }
  | { kind: 'failed'; id: number | null; message: string }
