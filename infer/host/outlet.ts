/** What the host of models is told at its start, and what it does to the world outside. Pure types. */
import type { RingsideError } from '../../shared/errors.js'
import type { SlabInfo } from '../../shared/slab/info.js'
import type { Inference, LoadedModel } from '../inference.js'
import type { Bytes } from './bytes.js'

/** Looked at anew for each load. */
export interface ModelLimit extends Bytes {
  /** What sets it, for people; absent: the settings of the same name. */
  readonly rules?: Record<keyof Bytes, string>
}

export interface HostSettings {
  limit: ModelLimit
  unloadAfterMs: number
  /** As the settings name it; it may be a path. */
  defaultModel: string
}

/** What the host does to the world outside. */
export interface HostOutlet {
  announce(slab: SlabInfo): void
  withdraw(slabId: string): void
  /** Makes the inference of a loaded model; `onEngineFailure` may be called later, for each batch that fails. */
  infer(loaded: LoadedModel, onEngineFailure: (error: unknown) => void): Inference
  /** Nothing that the device gives may be published any more: ends the process. */
  deviceLost(error: RingsideError): void
}
