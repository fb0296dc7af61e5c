/** What an engine in a process of its own and the process that asked for it say to one another. */

import type { EngineBatch, EngineInfo, EngineResult, EngineSettings } from '../engine/engine.js'
import type { DeviceRequest } from '../engine/open-device.js'
import type { PreparedModel } from '../model/prepared-model.js'

export type EngineRequest =
  /** Without a device it is the CPU. */
  | {
      kind: 'load'
      device: DeviceRequest | null
      model: PreparedModel
      slabPath: string
      settings: EngineSettings
    }
  | { kind: 'run'; id: number; batch: EngineBatch }
  | { kind: 'memory' }

export type EngineAnswer =
  | { kind: 'loaded'; info: EngineInfo }
  | { kind: 'uploaded'; id: number }
  | { kind: 'result'; id: number; result: EngineResult }
  /** Without an id it is the loading that failed. */
  | { kind: 'failed'; id: number | null; message: string }
  | { kind: 'memory'; peakBytes: number }
