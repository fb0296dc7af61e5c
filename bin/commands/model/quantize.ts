/** `ringside model quantize`: finds the ranges that int8 needs, on frames of the user's own, and prepares the model with them. */
import fs from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { type Command, Option } from 'commander'
import { loadConfig } from '../../../config/load.js'
import type { Config } from '../../../config/schema.js'
import { prepareModel } from '../../../infer/model/prepare.js'
import type { PreparedModel } from '../../../infer/model/prepared-model.js'
import { calibrate, DEFAULT_PERCENTILE } from '../../../infer/model/quantize/calibrate.js'
import {
  type Calibration,
  type CalibrationMethod,
  calibrationMethods,
  writeCalibration,
} from '../../../infer/model/quantize/calibration.js'
import { type QuantisedLayers, quantisedLayers } from '../../../infer/model/quantize/layers.js'
import { calibrationFile } from '../../../infer/model/registry/records.js'
import { placesOf, resolveModel } from '../../../infer/model/resolve.js'
import { chooseThreads } from '../../../infer/tune.js'
import { monotonicMs } from '../../../shared/clock.js'
import { RingsideError } from '../../../shared/errors.js'
import { joinModelName, splitModelName } from '../../../shared/model/model-name.js'
import { calibrationFrames, type FramesFrom } from '../../model/calibration-frames.js'
import { startProgress } from '../../model/progress.js'
import { printJson, printLine } from '../../output/print.js'
import { mebibytes } from '../../output/quantity.js'
import { fields } from '../../output/table.js'
import { numberBetween, withJson } from '../connect.js'
import { examples } from '../help.js'
import { modelAction } from './action.js'

/** Measured with 28 and 56: which frames they were mattered more than how many. */
const FRAMES = 64

interface QuantizeOptions extends FramesFrom {
  method: CalibrationMethod
  percentile: number
  json?: boolean
}

interface Quantized {
  name: string
  method: CalibrationMethod
  percentile: number
  frames: number
  calibrationFile: string
  preparedFile: string
  fp32Bytes: number
  int8Bytes: number
  layers: QuantisedLayers
  seconds: number
}

export function addQuantize(model: Command): void {
  withJson(model.command('quantize'))
    .argument('<name>', 'a model, or a path of one')
    .description('make int8 of a model possible: find its ranges on frames like those of your cameras')
    .addOption(new Option('--images <folder>', 'pictures, no labels needed').conflicts('clip'))
    .option('--clip <file>', 'a video, of which frames are taken evenly')
    .option('--frames <n>', 'how many frames', text => Math.trunc(numberBetween(1, 10_000)(text)), FRAMES)
    .addOption(
      new Option('--method <method>', 'ranges of nearly all values, or of all')
        .choices(calibrationMethods)
        .default('percentile'),
    )
    .option('--percentile <p>', 'share of values within a range', numberBetween(90, 100), DEFAULT_PERCENTILE)
    .addHelpText(
      'after',
      examples(
        'ringside model quantize yolox-nano --images ~/pictures',
        'ringside model quantize yolox-nano --clip ~/yard.mp4 --frames 100 --method minmax',
      ),
    )
    .action(modelAction(quantize))
}

async function quantize(wanted: string, options: QuantizeOptions): Promise<void> {
  if (options.images === undefined && options.clip === undefined) throw noFrames()
  const result = await quantizeModel(wanted, options, loadConfig())
  if (options.json) printJson(result)
  else printLine(describe(result))
}

async function quantizeModel(wanted: string, options: QuantizeOptions, config: Config): Promise<Quantized> {
  const startedMs = monotonicMs()
  const cacheDir = path.join(config.dataDir, 'prepared')
  const base = splitModelName(wanted)?.base ?? wanted
  const fp32 = await prepareModel({ ...(await resolveModel(base, placesOf(config))), cacheDir })
  const calibration = await calibrateOn(fp32, options, config)
  // Tried before it is kept: a calibration in the folder makes the model one that streams may name.
  const found = await resolveModel(joinModelName(base, 'int8'), placesOf(config))
  const int8 = await prepareModel({ ...found, cacheDir, calibration })
  const file = calibrationFile(config, fp32.digest)
  await writeCalibration(file, calibration)
  const { method, percentile, frames } = calibration
  const int8Bytes = await fs.readFile(int8.file)
  return {
    name: int8.name,
    ...{ method, percentile, frames },
    calibrationFile: file,
    preparedFile: int8.file,
    fp32Bytes: (await fs.stat(fp32.file)).size,
    int8Bytes: int8Bytes.length,
    layers: quantisedLayers(int8Bytes),
    seconds: Math.round(monotonicMs() - startedMs) / 1000,
  }
}

async function calibrateOn(
  fp32: PreparedModel,
  options: QuantizeOptions,
  config: Config,
): Promise<Calibration> {
  const { method, percentile } = options
  const progress = startProgress(fp32.name, options.frames)
  try {
    const threads = chooseThreads(config.infer.threads, os.availableParallelism())
    const frames = calibrationFrames(options, fp32, config)
    const settings = { method, percentile, threads, onFrame: progress.at }
    return await calibrate(await fs.readFile(fp32.file), frames, settings)
  } finally {
    progress.end()
  }
}

function describe(result: Quantized): string {
  const { layers, method, percentile, frames } = result
  return fields([
    ['model', result.name],
    ['ranges', `${method}${method === 'percentile' ? ` ${percentile}` : ''}, of ${frames} frames`],
    ['convolutions', `${layers.int8} in int8, ${layers.float} in float`],
    ['bytes', `${mebibytes(result.fp32Bytes)} → ${mebibytes(result.int8Bytes)}`],
    ['calibration', result.calibrationFile],
    ['prepared', result.preparedFile],
    ['took', `${result.seconds} s`],
    ['next', `ringside model check ${result.name} --images DIR`],
  ])
}

function noFrames(): RingsideError {
  return new RingsideError('invalid_request', 'There is nothing to calibrate on.', {
    key: '--images',
    remedy: 'Give --images with a folder of pictures, or --clip with a video.',
  })
}
