/** Profiles a model in this process, on the device that the service would take: no Ringside needs to run, and none is asked. */

import path from 'node:path'
import type { Config } from '../../config/schema.js'
import { openDevice } from '../../infer/engine/open-device.js'
import { prepareModel } from '../../infer/model/prepare.js'
import type { PreparedModel } from '../../infer/model/prepared-model.js'
import { placesOf, plainPrecision, resolveModel } from '../../infer/model/resolve.js'
import { measureModel } from '../../infer/profile/measure.js'
import { slabBytes } from '../../infer/slab-owner.js'
import type { DeviceKind } from '../../infer/tune.js'
import type { ModelProfile } from '../../shared/budget/profile.js'
import type { Progress } from '../output/progress.js'
import { type EngineOption, judgingDevice, kindOf } from './judging-device.js'
import { detectorSettings } from './variant.js'

const STEPS = { loading: 0, timing: 1 } as const

/** @throws RingsideError where the model is not there or of no use, or does not load. */
export async function profileHere(
  name: string,
  options: EngineOption,
  config: Config,
  progress: Progress,
  signal?: AbortSignal,
): Promise<ModelProfile> {
  const request = judgingDevice(options, config)
  const kind = kindOf(request.choice)
  const model = await prepared(name, config, kind)
  const slots = config.slab.maxStreams * config.slab.ringSlots
  const slab = { layoutBytes: slabBytes(model, { ...config.slab, installation: config.dataDir }), slots }
  const device = openDevice(request)
  try {
    return await measureModel({
      model,
      device,
      settings: detectorSettings(model, config, kind),
      slab,
      ...(signal && { signal }),
      onStep: step =>
        progress.report({ step, done: STEPS[step], total: Object.keys(STEPS).length, unit: 'steps' }),
    })
  } finally {
    progress.end()
    await device.close()
  }
}

/** As infer prepares it: what is profiled is the file that will be served. */
async function prepared(name: string, config: Config, kind: DeviceKind): Promise<PreparedModel> {
  const found = await resolveModel(name, placesOf(config), plainPrecision(config.model.precision, kind))
  return prepareModel({
    ...found,
    device: kind,
    cacheDir: path.join(config.dataDir, 'prepared'),
    calibrationsDir: path.join(config.dataDir, 'calibrations'),
  })
}
