/**
 * The engine: what turns pixels in slots into candidates. Every engine passes `test/contract/engine.ts`.
 *
 * Ownership: the caller leases the slots of a batch before `run`; the engine reads them until it calls `onUploaded`,
 * and never after. Results belong to the caller.
 */
import type { PreparedModel } from '../model/prepared-model.js'
import type { DeviceTurn } from '../turn.js'
import type { LoadMemory } from './load-memory.js'

export interface EngineSettings {
  /** Batch sizes to prepare; each is allocated and warmed once. */
  buckets: readonly number[]
  threads: number
  /** Device memory that all of its models may hold together, with this one. Absent: as the settings of the engine say. */
  deviceBytes?: number
  /** Other engines share the device: each warm-up run awaits its turn, and measures itself alone. */
  turn?: DeviceTurn
}

/** What a loaded engine knows of itself. */
export interface EngineInfo {
  /** Name of the implementation, e.g. `onnxruntime`. */
  engine: string
  /** Name of the device, for people. */
  device: string
  /** What runs the graph: never chosen in silence. */
  provider: EngineProvider
  /** Batches that the engine takes at once: the one computes while the other uploads. */
  maxInFlight: number
  /** Milliseconds of one run of each bucket, measured after warm-up. */
  runMs: ReadonlyMap<number, number>
  /** Buckets asked for that cannot be had, each with the reason. */
  refusedBuckets: ReadonlyMap<number, string>
  /** Device memory that the load took; 0 where the device is the CPU. */
  deviceBytes: number
  /** What was decided while loading that people should know: sentences for the log. */
  notes: readonly string[]
  /** Absent where the engine does not watch itself load. */
  memory?: LoadMemory
}

export type EngineProvider = 'cpu' | 'cuda' | 'tensorrt'

/** Counters of a loaded engine's device memory, as it last knew them. */
export interface EngineStats {
  arenaInUseBytes: number
  arenaMaxInUseBytes: number
  /** What the arena holds of the device, used or not. */
  arenaReservedBytes: number
  arenaLimitBytes: number
  /** Growths of the arena since warm-up: 0, or the promise that nothing allocates is broken. */
  allocationsAfterWarmUp: number
  /** Runs that found no memory; each was retried once after a shrink, then in the next smaller bucket. */
  outOfMemory: number
}

export interface EngineBatch {
  bucket: number
  /** At most `bucket` slots; the rest of the bucket is padding whose results are not returned. */
  slots: readonly number[]
}

export interface EngineResult {
  /** [slots, maxCandidates, 6]: x1, y1, x2, y2 in input pixels, score, class; by score, descending. */
  candidates: Float32Array
  inferMs: number
}

export interface Engine {
  /** Loads the model, maps the slab and warms every bucket. @throws RingsideError `engine_failed`. */
  load(model: PreparedModel, slabPath: string, settings: EngineSettings): Promise<EngineInfo>
  /**
   * Runs one batch; a second may be given before the first has ended.
   * @throws RingsideError `engine_failed`; the engine must then be taken for dead.
   */
  run(batch: EngineBatch, onUploaded: () => void): Promise<EngineResult>
  /** Gives all memory back and unmaps the slab. Idempotent. Batches under way end with an error. */
  close(): Promise<void>
  /** null where the engine has no device memory of its own to count. */
  stats(): EngineStats | null
}
