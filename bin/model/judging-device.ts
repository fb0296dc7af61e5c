/** On which device a model is judged: the one that the service would take, or the one that the command line names. */
import { type Command, Option } from 'commander'
import type { Config } from '../../config/schema.js'
import { chooseEngine, type EngineAsked, type EngineChoice } from '../../infer/engine/choose-engine.js'
import { findGpuLibraries, gpuPlacesOf } from '../../infer/engine/native/libraries.js'
import type { DeviceRequest } from '../../infer/engine/open-device.js'
import type { DeviceKind } from '../../infer/tune.js'

export interface EngineOption {
  engine?: EngineAsked['engine']
}

export function withEngineOption(command: Command): Command {
  const engines: EngineAsked['engine'][] = ['auto', 'onnxruntime', 'cuda']
  return command.addOption(new Option('--engine <name>', 'what runs it (else infer.engine)').choices(engines))
}

/** @throws RingsideError `gpu_unavailable` where CUDA is asked for and cannot be had. */
export function judgingDevice({ engine }: EngineOption, config: Config): DeviceRequest {
  const asked = { engine: engine ?? config.infer.engine, gpu: config.infer.gpu }
  const choice = chooseEngine(asked, () => findGpuLibraries(gpuPlacesOf(config)))
  return { choice, settings: { dataDir: config.dataDir, cuda: config.model.cuda } }
}

export function kindOf({ engine }: EngineChoice): DeviceKind {
  return engine === 'cuda' ? 'gpu' : 'cpu'
}
