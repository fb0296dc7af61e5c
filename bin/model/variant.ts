/** A model as the command line names it, found and prepared; and the settings with which streams would run it. */
import os from 'node:os'
import path from 'node:path'
import type { Config } from '../../config/schema.js'
import type { DetectorSettings } from '../../infer/evaluate/detector.js'
import { prepareModel } from '../../infer/model/prepare.js'
import type { Precision, PreparedModel } from '../../infer/model/prepared-model.js'
import { placesOf, resolveModel } from '../../infer/model/resolve.js'
import type { NmsSettings } from '../../infer/postprocess/nms.js'
import { candidateBuckets, chooseThreads, type DeviceKind } from '../../infer/tune.js'

/** What of the judging can be chosen. The defaults are the stream's own, but for the least score. */
export interface JudgeOptions {
  minScore: number
  nmsIou?: number
  maxCandidates: number
}

/**
 * @param kind of the device that it shall run on. @param plain precision of a name without one.
 * @throws RingsideError where the model is not there or of no use.
 */
export async function prepareVariant(
  name: string,
  { maxCandidates }: Pick<JudgeOptions, 'maxCandidates'>,
  config: Config,
  kind: DeviceKind = 'cpu',
  plain: Precision = 'fp32',
): Promise<PreparedModel> {
  const found = await resolveModel(name, placesOf(config), plain)
  return prepareModel({
    ...found,
    device: kind,
    cacheDir: path.join(config.dataDir, 'prepared'),
    maxCandidates,
  })
}

export function detectorSettings(
  model: PreparedModel,
  { slab, infer }: Config,
  kind: DeviceKind = 'cpu',
): DetectorSettings {
  return {
    slabDir: slab.dir,
    buckets: candidateBuckets(infer.buckets, model.batch, kind),
    threads: chooseThreads(infer.threads, os.availableParallelism()),
  }
}

export function nmsSettings({ minScore, nmsIou }: JudgeOptions, { model }: Config): NmsSettings {
  return { minScore, maxIou: nmsIou ?? model.nmsIou }
}
