/**
 * The infer stage: takes frames from the slabs, batches them, runs the models, publishes detections. One process a device.
 * A table of contents:
 *
 *   host/          which models are loaded, and their room       batch/         which frames run next: a pure function
 *   model/         an ONNX file found, recognised, rewritten     pipeline       choose → turn → lease → run → deliver
 *   slab-owner     the shared memory, made and announced         turn           the models' batches, one at a time
 *   engine/        pixels → candidates, in a thread of its own   postprocess/   candidates → detections in source pixels
 *   tune           buckets, threads, window for this machine     publisher      serialises a result, once
 *   housekeeping   reclaim, reports, losses: each second         picture-tap    the frame itself, while somebody looks
 *   inference      puts the parts of one model together          intake         frame refs from Redis
 *   telemetry/     what the GPU says of itself, in a thread of its own
 *   model-jobs/    pull, add, quantize …: the command line, run for REST
 */
import { loadConfig } from '../config/load.js'
import type { Config } from '../config/schema.js'
import { messageOf } from '../shared/errors.js'
import { type RunningStage, runStage, type StageContext } from '../shared/process/stage.js'
import { acquireOwnership } from '../shared/redis/ownership.js'
import { sendPicture, watchedStreams } from '../shared/redis/pictures.js'
import { StreamRegistry } from '../shared/redis/stream-registry.js'
import { DetailSource } from './host/detail.js'
import { type HostOutlet, ModelHost } from './host/host.js'
import { ModelLoader } from './host/loader.js'
import { memoryLimitBytes } from './host/memory.js'
import { writeRecords } from './host/records.js'
import { followWishes, wantedModels } from './host/wishes.js'
import { startHousekeeping } from './housekeeping.js'
import { Inference, type SharedParts } from './inference.js'
import { modelRecords } from './model/registry/records.js'
import { placesOf } from './model/resolve.js'
import { startModelJobs } from './model-jobs/model-jobs.js'
import { PictureTap } from './picture-tap.js'
import { StreamReporter } from './reporter.js'
import { GpuSampler } from './telemetry/gpu-sampler.js'
import { Turn } from './turn.js'

/** The id of the only device that the onnxruntime engine has. */
const DEVICE = 'cpu-0'

export async function main(): Promise<void> {
  const config = loadConfig()
  await runStage('infer', config, context => start(config, context))
}

async function start(config: Config, context: StageContext): Promise<RunningStage> {
  const { connection, reports, log } = context
  const ownership = await acquireOwnership(context, `infer-${DEVICE}`)
  const registry = new StreamRegistry(connection.redis, connection.keys)
  const limitBytes = memoryLimitBytes(config.model.memoryBytes)
  const turn = new Turn()
  const pictures = pictureTap(config, context)
  const reporter = new StreamReporter(() => host.ledgers())
  const loader = new ModelLoader(config, DEVICE, turn, log)
  const settings = { limitBytes, unloadAfterMs: config.model.unloadAfterMs, defaultModel: config.model.name }
  const outlet = outletOf(config, { context, reporter, pictures, turn })
  const host = new ModelHost(loader, settings, outlet, log)

  // Asked to stop while it loads: nothing more is begun, and what was is ended.
  context.stopping.addEventListener('abort', () => void host.close().catch(context.fail), { once: true })
  const first = await host.start()
  await forgetOthers(context, registry, loader, first.loaded.model.name)
  const gpu = new GpuSampler({ gpu: { index: 0 } }, log)
  const details = new DetailSource(config, DEVICE, host, first, limitBytes, () => gpu.report())
  const maxReadyAgeMs = 2 * config.infer.maxFrameAgeMs
  const slabs = (): Inference[] => host.running.map(({ inference }) => inference)
  const housekeeping = startHousekeeping(context, { slabs, reporter, maxReadyAgeMs })
  const wishes = followWishes(registry, wanted => host.reconcile(wanted), log)
  const records = writeRecords(
    {
      list: () => modelRecords(placesOf(config)),
      write: models => reports.writeModels(DEVICE, models),
      onChange: () => host.nudge(),
    },
    log,
  )
  const jobs = await startModelJobs(context, config, () => records.look())
  return {
    notReady: () => (host.default?.running ? null : 'the default model to be loaded again'),
    detail: () => details.detail(),
    async close(): Promise<void> {
      wishes.close()
      records.close()
      housekeeping.close()
      await Promise.all([jobs.close(), host.close(), gpu.close()])
      pictures.close()
      await ownership.release()
    },
  }
}

/** What an infer that was killed left behind: its slabs stay where streams want their models again, for ingest still writes there. */
async function forgetOthers(
  { reports }: StageContext,
  registry: StreamRegistry,
  loader: ModelLoader,
  first: string,
): Promise<void> {
  const names = [...wantedModels(await registry.list()).keys()].map(name => name ?? first)
  const kept = [first, ...names]
  loader.removeOtherSlabs(kept)
  const ids = new Set(kept.map(name => loader.slabId(name)))
  const announced = (await reports.slabs()).filter(({ id }) => id.startsWith(`${DEVICE}-`) && !ids.has(id))
  await Promise.all(announced.map(({ id }) => reports.withdrawSlab(id)))
}

function pictureTap(config: Config, { connection: { redis, keys }, log }: StageContext): PictureTap {
  return new PictureTap(
    {
      watched: () => watchedStreams(redis, keys),
      send: (stream, picture) => sendPicture(redis, keys, stream, picture),
    },
    config.infer.pictureMaxFps,
    log,
  )
}

/** Redis may be away: what is announced or withdrawn then is said again by the housekeeping, or waits. */
function outletOf(config: Config, shared: SharedParts): HostOutlet {
  const { reports, log } = shared.context
  const told = (error: unknown): void =>
    log.warn({ reason: messageOf(error) }, 'a slab could not be announced')
  return {
    announce: slab => void reports.announceSlab(slab).catch(told),
    withdraw: id => void reports.withdrawSlab(id).catch(told),
    infer: (loaded, onEngineFailure) => new Inference(config, loaded, shared, onEngineFailure),
  }
}
