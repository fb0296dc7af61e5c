/** The device of this host for programs that measure budgets: chosen and opened as the service does, with what was put beside onnxruntime-node. */
import { loadConfig } from '../../../config/load.js'
import type { Config } from '../../../config/schema.js'
import { chooseEngine, type EngineAsked } from '../../../infer/engine/choose-engine.js'
import type { EngineDevice } from '../../../infer/engine/device.js'
import { openDevice } from '../../../infer/engine/open-device.js'
import { lookForLibraries } from '../gpu/gpu-host.js'

export interface Here {
  config: Config
  device: EngineDevice
  /** Why this device. */
  reason: string
}

export interface HereRequest {
  engine: EngineAsked['engine']
  /** Holds the models and, in `data`, what is made of them. */
  folder: string
}

/** @throws RingsideError `gpu_unavailable` where CUDA is asked for and cannot be had. */
export function openHere({ engine, folder }: HereRequest): Here {
  const config = loadConfig({
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !isNoSetting(name))),
    RINGSIDE_DATA_DIR: `${folder}/data`,
    RINGSIDE_MODELS_DIR: folder,
  })
  const choice = chooseEngine({ engine, gpu: config.infer.gpu }, lookForLibraries)
  const device = openDevice({ choice, settings: { dataDir: config.dataDir, cuda: config.model.cuda } })
  return { config, device, reason: choice.reason }
}

/** Names of the host's and of the tests', which the settings do not know. */
function isNoSetting(name: string): boolean {
  return name === 'RINGSIDE_GPU' || name.startsWith('RINGSIDE_TEST_')
}
