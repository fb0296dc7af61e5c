/** Measures a model in each precision: file, memory, speed, accuracy. Each engine has a process of its own, and all see the same frames. */
import fs from 'node:fs/promises'
import type { Config } from '../../config/schema.js'
import { Detector } from '../../infer/evaluate/detector.js'
import { EngineProcess } from '../../infer/evaluate/engine-process.js'
import type { Accuracy } from '../../infer/model/accuracy/evaluate.js'
import { type Precision, type PreparedModel, precisions } from '../../infer/model/prepared-model.js'
import type { DeviceKind } from '../../infer/tune.js'
import { RingsideError } from '../../shared/errors.js'
import { joinModelName, splitModelName } from '../../shared/model/model-name.js'
import { judge } from './judge.js'
import type { JudgeCommandOptions } from './judge-options.js'
import { judgingDevice, kindOf } from './judging-device.js'
import { labelledFrames } from './labelled-frames.js'
import { startProgress } from './progress.js'
import { measureSpeeds, type Speed } from './rounds.js'
import { detectorSettings, nmsSettings, prepareVariant } from './variant.js'

export interface CompareOptions extends JudgeCommandOptions {
  rounds: number
  /** Points of mAP@50:95, 0 … 100. */
  maxLoss: number
}

export interface MeasuredVariant {
  name: string
  precision: Precision
  fileBytes: number
  /** The most that its engine took, with every bucket allocated: device memory on a GPU. */
  peakBytes: number
  speed: Speed
  accuracy: Accuracy
}

/** One that cannot be made. */
export interface MissingVariant {
  name: string
  precision: Precision
  reason: string
  remedy: string | null
}

export interface Comparison {
  variants: MeasuredVariant[]
  missing: MissingVariant[]
  pictures: number
  threads: number
  minScore: number
  nmsIou: number | null
}

/** @throws RingsideError where not even fp32 can be made. */
export async function compare(name: string, options: CompareOptions, config: Config): Promise<Comparison> {
  const base = splitModelName(name)?.base ?? name
  const device = judgingDevice(options, config)
  const kind = kindOf(device.choice)
  const { models, missing } = await prepareAll(base, options, config, kind)
  const [fp32] = models as [PreparedModel]
  const frames = await labelledFrames(options, fp32, config)
  const nms = nmsSettings(options, config)
  const settings = detectorSettings(fp32, config, kind)
  const engines: EngineProcess[] = []
  const detectors: Detector[] = []
  try {
    for (const model of models) {
      const engine = new EngineProcess(device)
      engines.push(engine)
      detectors.push(await Detector.open(model, engine, settings))
    }
    const verdicts = await withProgress('pictures', frames.pictures.length, at =>
      judge(detectors, frames, nms, at),
    )
    const speeds = await withProgress('rounds', options.rounds, at =>
      measureSpeeds(detectors, options.rounds, at),
    )
    const variants: MeasuredVariant[] = []
    for (const [i, model] of models.entries()) {
      variants.push({
        name: model.name,
        precision: model.precision,
        fileBytes: (await fs.stat(model.file)).size,
        peakBytes: detectors[i]!.info.deviceBytes || (await engines[i]!.peakBytes()),
        speed: speeds[i]!,
        accuracy: verdicts[i]!.accuracy,
      })
    }
    const { minScore, maxIou } = nms
    const nmsIou = fp32.nms ? maxIou : null
    return {
      variants,
      missing,
      pictures: frames.pictures.length,
      threads: settings.threads,
      minScore,
      nmsIou,
    }
  } finally {
    await Promise.all([...engines, ...detectors].map(each => each.close()))
  }
}

async function prepareAll(base: string, options: CompareOptions, config: Config, kind: DeviceKind) {
  const models: PreparedModel[] = []
  const missing: MissingVariant[] = []
  for (const precision of precisions) {
    const name = joinModelName(base, precision)
    try {
      models.push(await prepareVariant(name, options, config, kind))
    } catch (error) {
      // The others are measured all the same; without fp32 there is nothing to compare with.
      if (precision === 'fp32' || !(error instanceof RingsideError)) throw error
      missing.push({ name, precision, reason: error.message, remedy: error.remedy ?? null })
    }
  }
  return { models, missing }
}

async function withProgress<T>(
  what: string,
  total: number,
  work: (at: (count: number) => void) => Promise<T>,
) {
  const progress = startProgress(what, total)
  try {
    return await work(progress.at)
  } finally {
    progress.end()
  }
}
