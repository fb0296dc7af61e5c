/** The device of an infer process: what it is, and the engines that run on it. Opened once, by whoever owns the process. */
import os from 'node:os'
import type { DeviceKind } from '../tune.js'
import type { Engine } from './engine.js'
import { OnnxruntimeEngine } from './onnxruntime/engine.js'

export interface DeviceFacts {
  /** Stable name: `cpu-0`, `cuda-<n>`. */
  id: string
  kind: DeviceKind
  /** For people. */
  name: string
  /** Version of its driver; null on a CPU, and where it is not known. */
  driver: string | null
  /** Memory that models share there: of the device; on a CPU of the host, or of the cgroup where that is less. */
  totalBytes: number
  /** Batches that it takes at once. */
  places: number
  /** Names the hardware and the options of its engines: what a model was measured to take holds for these alone. */
  fingerprint: string
  /** By which the driver's own telemetry knows a GPU; null on a CPU. */
  pciBusId: string | null
}

export interface EngineDevice {
  readonly facts: DeviceFacts
  /** An engine for one more model. */
  createEngine(): Engine
  /** Call when every engine is closed. Idempotent. */
  close(): Promise<void>
}

/** Nothing is shared between the engines of a CPU: each has a thread of its own. */
export function cpuDevice(id = 'cpu-0'): EngineDevice {
  const name = os.cpus()[0]?.model.trim() ?? os.arch()
  return {
    facts: {
      id,
      kind: 'cpu',
      name,
      driver: null,
      totalBytes: hostBytes(),
      places: 1,
      fingerprint: `${name}, ${os.availableParallelism()} cores`,
      pciBusId: null,
    },
    createEngine: () => new OnnxruntimeEngine(),
    close: async () => undefined,
  }
}

/** Of the host, or of the cgroup where that is less. */
export function hostBytes(
  host: number = os.totalmem(),
  cgroup: number = process.constrainedMemory(),
): number {
  return cgroup > 0 && cgroup < host ? cgroup : host
}
