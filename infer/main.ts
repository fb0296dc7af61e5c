/**
 * The infer stage: takes frames from the slab, batches them, runs the model, publishes detections. One process a device.
 * A table of contents:
 *
 *   model/         an ONNX file found, recognised, rewritten     intake         frame refs from Redis
 *   slab-owner     the shared memory, made and announced         batch/         which frames run next: a pure function
 *   engine/        pixels → candidates, in a thread of its own   pipeline       choose → lease → run → deliver
 *   tune           buckets, threads, window for this machine     postprocess/   candidates → detections in source pixels
 *   housekeeping   reclaim, reports, losses: each second         publisher      serialises a result, once
 *   inference      puts these together                           picture-tap    the frame itself, while somebody looks
 */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { loadConfig } from '../config/load.js'
import type { Config } from '../config/schema.js'
import { freeBytes } from '../shared/native/libc.js'
import type { InferDetail } from '../shared/process/report.js'
import { type RunningStage, runStage, type StageContext } from '../shared/process/stage.js'
import { acquireOwnership } from '../shared/redis/ownership.js'
import { BusyMeter } from './busy-meter.js'
import { OnnxruntimeEngine } from './engine/onnxruntime/engine.js'
import { startHousekeeping } from './housekeeping.js'
import { Inference, type LoadedModel } from './inference.js'
import { prepareModel } from './model/prepare.js'
import { placesOf, resolveModel } from './model/resolve.js'
import { openSlab } from './slab-owner.js'
import { candidateBuckets, chooseThreads } from './tune.js'

/** The id of the only device that the onnxruntime engine has. */
const DEVICE = 'cpu-0'

export async function main(): Promise<void> {
  const config = loadConfig()
  await runStage('infer', config, context => start(config, context))
}

async function start(config: Config, context: StageContext): Promise<RunningStage> {
  const ownership = await acquireOwnership(context, `infer-${DEVICE}`)
  const loaded = await loadModel(config)
  const inference = new Inference(config, loaded, context)
  const { reader, reporter } = inference
  const { slabInfo } = loaded
  const maxReadyAgeMs = 2 * config.infer.maxFrameAgeMs
  const housekeeping = startHousekeeping(context, { reader, reporter, slabInfo, maxReadyAgeMs })
  inference.start()
  await context.reports.announceSlab(slabInfo)

  const busy = new BusyMeter()
  return {
    notReady: () => null,
    detail: () => detailOf(config, loaded, inference, busy),
    async close(): Promise<void> {
      housekeeping.close()
      await context.reports.withdrawSlab(slabInfo.id)
      await inference.close()
      await loaded.engine.close()
      fs.rmSync(slabInfo.path, { force: true })
      await ownership.release()
    },
  }
}

async function loadModel(config: Config): Promise<LoadedModel> {
  const found = await resolveModel(config.model.name, placesOf(config))
  const model = await prepareModel({ ...found, cacheDir: path.join(config.dataDir, 'prepared') })
  const { slab, info: slabInfo } = openSlab(DEVICE, model, { ...config.slab, installation: config.dataDir })
  const engine = new OnnxruntimeEngine()
  const engineInfo = await engine.load(model, slab.path, {
    buckets: candidateBuckets(config.infer.buckets, model.batch),
    threads: chooseThreads(config.infer.threads, os.availableParallelism()),
  })
  return { model, engine, engineInfo, slab, slabInfo }
}

function detailOf(config: Config, loaded: LoadedModel, inference: Inference, busy: BusyMeter): InferDetail {
  const { model, engineInfo, slab } = loaded
  const { batches, framesInferred, bucketFrames, busyMs } = inference.stats
  return {
    stage: 'infer',
    deviceId: DEVICE,
    engine: engineInfo.engine,
    device: engineInfo.device,
    model: model.name,
    classes: model.classes,
    inputWidthPx: model.widthPx,
    inputHeightPx: model.heightPx,
    buckets: [...inference.runMs.keys()],
    threads: chooseThreads(config.infer.threads, os.availableParallelism()),
    batchWindowMs: inference.windowMs,
    batches,
    framesInferred,
    fill: bucketFrames === 0 ? 0 : framesInferred / bucketFrames,
    busy: busy.share(busyMs),
    messagesLost: inference.messagesLost,
    slabBytes: slab.layout.totalBytes,
    shmFreeBytes: freeBytes(config.slab.dir),
  }
}
