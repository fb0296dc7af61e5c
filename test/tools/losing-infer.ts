/**
 * infer as it is, on a device that is lost when its engine fails: CPU engines, of which each takes two batches at once. Settings
 * come from the environment, as for the stage itself. `node dist/test/tools/losing-infer.js`
 */
import { loadConfig } from '../../config/load.js'
import { cpuDevice } from '../../infer/engine/device.js'
import type {
  Engine,
  EngineBatch,
  EngineInfo,
  EngineResult,
  EngineSettings,
} from '../../infer/engine/engine.js'
import { startInfer } from '../../infer/main.js'
import type { PreparedModel } from '../../infer/model/prepared-model.js'
import { messageOf, RingsideError } from '../../shared/errors.js'
import { runStage } from '../../shared/process/stage.js'

const PLACES = 2

/** What its engine says of a batch is what a GPU says when it falls off the bus. */
class LosingEngine implements Engine {
  constructor(private readonly engine: Engine) {}

  async load(model: PreparedModel, slabPath: string, settings: EngineSettings): Promise<EngineInfo> {
    return { ...(await this.engine.load(model, slabPath, settings)), maxInFlight: PLACES }
  }

  async run(batch: EngineBatch, onUploaded: () => void): Promise<EngineResult> {
    try {
      return await this.engine.run(batch, onUploaded)
    } catch (cause) {
      throw new RingsideError('gpu_lost', `The device is lost: ${messageOf(cause)}`, { cause })
    }
  }

  close(): Promise<void> {
    return this.engine.close()
  }

  stats(): null {
    return null
  }
}

const cpu = cpuDevice('cuda-7')
const device = {
  ...cpu,
  facts: { ...cpu.facts, places: PLACES },
  createEngine: () => new LosingEngine(cpu.createEngine()),
}
const config = loadConfig()
await runStage('infer', config, context => startInfer(config, context, { device, reason: 'a test' }))
