/** Opens the device that was chosen: the CPU, or a GPU with the one thread that all of its engines share. */
import { createHash } from 'node:crypto'
import path from 'node:path'
import type { EngineChoice, ReadyLibraries } from './choose-engine.js'
import { CudaEngine } from './cuda/engine.js'
import { MAX_IN_FLIGHT } from './cuda/flow.js'
import { GpuThread } from './cuda/gpu-thread.js'
import type { CudaOptions } from './cuda/options.js'
import type { ProvidersFound } from './cuda/provider-choice.js'
import { cpuDevice, type EngineDevice } from './device.js'
import { type GpuFacts, gpuFacts } from './native/gpu-facts.js'
import { describeFinding } from './native/gpu-finding.js'
import { preload } from './native/preload.js'

export interface DeviceSettings {
  dataDir: string
  cuda: CudaOptions
}

/** All that opens a device: plain data, so that another process can. */
export interface DeviceRequest {
  choice: EngineChoice
  settings: DeviceSettings
}

/** @throws RingsideError `gpu_unavailable` where a library does not load, CudaError where the driver refuses. */
export function openDevice({ choice, settings }: DeviceRequest): EngineDevice {
  return choice.engine === 'cuda' ? cudaDevice(choice, settings) : cpuDevice(choice.deviceId)
}

type CudaChoice = Extract<EngineChoice, { engine: 'cuda' }>

function cudaDevice(
  { deviceId, gpu, libraries }: CudaChoice,
  { dataDir, cuda }: DeviceSettings,
): EngineDevice {
  preload(libraries.preload)
  const facts = gpuFacts(gpu)
  const thread = new GpuThread({
    ordinal: gpu,
    ortLibrary: libraries.onnxruntimePath,
    found: providersFound(libraries),
    cacheDir: path.join(dataDir, 'gpu'),
  })
  return {
    facts: {
      id: deviceId,
      kind: 'gpu',
      name: facts.name,
      driver: libraries.driver.version,
      totalBytes: facts.totalBytes,
      places: MAX_IN_FLIGHT,
      fingerprint: fingerprintOf(facts, cuda),
      pciBusId: facts.pciBusId,
    },
    createEngine: () => new CudaEngine(thread, cuda),
    close: () => thread.close(),
  }
}

function providersFound({ providers, notes }: ReadyLibraries): ProvidersFound {
  const lacking = notes.map(describeFinding).join('; ') || 'its libraries are not there'
  return { cuda: null, tensorrt: providers.includes('tensorrt') ? null : lacking }
}

/** How much a model may take changes nothing of what it does take. */
function fingerprintOf({ name }: GpuFacts, { memoryBytes: _, ...options }: CudaOptions): string {
  const digest = createHash('sha256').update(JSON.stringify(options)).digest('hex')
  return `${name}-${digest.slice(0, 8)}`
}
