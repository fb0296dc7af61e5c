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
 *   memory/        what is held, by whom, over time; compaction
 *   profile/       what a model takes of the device: memory and time, measured, fitted, kept
 *   model-jobs/    pull, add, quantize …: the command line, run for REST
 */
import os from 'node:os'
import { loadConfig } from '../config/load.js'
import type { Config } from '../config/schema.js'
import { messageOf } from '../shared/errors.js'
import type { Log } from '../shared/log.js'
import { recordNamed } from '../shared/model/model-record.js'
import { endAtOnce } from '../shared/process/fault.js'
import { type RunningStage, runStage, type StageContext } from '../shared/process/stage.js'
import { Budgets, budgetDefaults } from '../shared/redis/budgets.js'
import { EffectiveStreams } from '../shared/redis/effective-streams.js'
import { acquireOwnership } from '../shared/redis/ownership.js'
import { sendPicture, watchedStreams } from '../shared/redis/pictures.js'
import { Profiles } from '../shared/redis/profiles.js'
import { chooseEngine, type EngineChoice } from './engine/choose-engine.js'
import type { EngineDevice } from './engine/device.js'
import { findGpuLibraries, gpuPlacesOf } from './engine/native/libraries.js'
import { hasNvidiaDevice } from './engine/nvidia-devices.js'
import { openDevice } from './engine/open-device.js'
import { type Held, startCapacityReport } from './host/capacity.js'
import { DetailSource } from './host/detail.js'
import { followBudget } from './host/follow-budget.js'
import { ModelHost } from './host/host.js'
import type { RunningModel } from './host/hosted-model.js'
import { ledgerRoom } from './host/ledger-room.js'
import { forgetOwnSlabs, sweepDeadDevices } from './host/leftovers.js'
import { ModelLoader } from './host/loader.js'
import { MemoryLimit } from './host/memory-limit.js'
import type { HostOutlet } from './host/outlet.js'
import { writeRecords } from './host/records.js'
import { followWishes, wantedModels } from './host/wishes.js'
import { startHousekeeping } from './housekeeping.js'
import { Inference, type LoadedModel, type SharedParts } from './inference.js'
import { startMemory } from './memory/memory.js'
import { modelRecords } from './model/registry/records.js'
import { placesOf } from './model/resolve.js'
import { startModelJobs } from './model-jobs/model-jobs.js'
import { PictureTap } from './picture-tap.js'
import { ProfileBook } from './profile/book.js'
import { ProfileKeeper } from './profile/keeper.js'
import { StreamReporter } from './reporter.js'
import { inferRole } from './role.js'
import { GpuSampler } from './telemetry/gpu-sampler.js'
import { chooseThreads } from './tune.js'
import { Turn } from './turn.js'

export async function main(): Promise<void> {
  const config = loadConfig()
  await runStage('infer', config, context => startInfer(config, context, chooseDevice(config, context.log)))
}

/** Where models run, and why there. */
export interface ChosenDevice {
  device: EngineDevice
  reason: string
}

function chooseDevice(config: Config, log: Log): ChosenDevice {
  const choice = chooseEngine(config.infer, () => findGpuLibraries(gpuPlacesOf(config)))
  tellChoice(choice, log)
  const settings = { dataDir: config.dataDir, cuda: config.model.cuda }
  return { device: openDevice({ choice, settings }), reason: choice.reason }
}

/** @param chosen is closed with the stage. */
export async function startInfer(
  config: Config,
  context: StageContext,
  { device, reason }: ChosenDevice,
): Promise<RunningStage> {
  const { connection, reports, log } = context
  const { facts } = device
  const ownership = await acquireOwnership(context, inferRole(facts.id))
  const streams = new EffectiveStreams(connection.redis, connection.keys)
  const budgets = new Budgets(connection.redis, connection.keys, budgetDefaults(config.budget))
  const limit = new MemoryLimit(config, facts)
  limit.begin((await budgets.of(facts.id)).memoryFraction)
  const turn = new Turn(facts.places)
  const pictures = pictureTap(config, context)
  const reporter = new StreamReporter(() => host.ledgers())
  const profiles = await ProfileBook.open(new Profiles(connection.redis, connection.keys), facts.id, log)
  const loader = new ModelLoader(config, device, turn, log, profiles, limit)
  const keeper = new ProfileKeeper(
    {
      book: profiles,
      turn,
      slabDir: config.slab.dir,
      threads: chooseThreads(config.infer.threads, os.availableParallelism()),
      subjectOf: ({ model }) => loader.subjectOf(model),
      freeBytes: () => limit.host - host.charged.host,
      reserve: ledgerRoom(context, config, facts),
    },
    log,
  )
  const settings = { limit, unloadAfterMs: config.model.unloadAfterMs, defaultModel: config.model.name }
  const onLoaded = (loaded: LoadedModel): void => {
    if (config.budget.profile) void keeper.consider(loaded)
  }
  const outlet = outletOf(config, { context, reporter, pictures, turn }, onLoaded)
  const host = new ModelHost(loader, settings, outlet, log)

  // Asked to stop while it loads: nothing more is begun, and what was is ended.
  context.stopping.addEventListener('abort', () => void host.close().catch(context.fail), { once: true })
  const first = await host.start()
  const wanted = [...wantedModels(await streams.list()).keys(), null]
  await forgetOwnSlabs(
    context,
    facts.id,
    loader,
    wanted.map(name => name ?? first.loaded.model.name),
  )
  const sweep = sweepDeadDevices(context, facts.id, loader.slabs)
  const { pciBusId } = facts
  const gpu = new GpuSampler({ gpu: pciBusId ? { pciBusId } : { index: config.infer.gpu } }, log)
  const memory = startMemory(config, context, {
    facts,
    host,
    turn,
    gpu: () => gpu.report(),
    streams: () => streams.list(),
  })
  const compactions = () => memory.totals
  const of = { facts, engineReason: reason, limit, turn, gpu: () => gpu.report(), compactions }
  const details = new DetailSource(config, of, host, first)
  const maxReadyAgeMs = 2 * config.infer.maxFrameAgeMs
  const slabs = (): Inference[] => host.running.map(({ inference }) => inference)
  const housekeeping = startHousekeeping(context, { slabs, reporter, maxReadyAgeMs })
  const wishes = followWishes(streams, wanted => host.reconcile(wanted), log)
  const following = followBudget(
    budgets,
    facts.id,
    ({ batchWindowMs, memoryFraction }) => {
      for (const { inference } of host.running) inference.setWindow(batchWindowMs)
      if (limit.follow(memoryFraction)) host.nudge() // what had no room may have it now
    },
    log,
  )
  const defaultModel = first.loaded.model.name
  const capacity = startCapacityReport(context, config, {
    facts,
    defaultModel,
    modelBytes: limit.fixedBytes,
    held: () => [...heldModel(defaultModel, host.default?.running ?? first), ...keeper.held],
  })
  const records = writeRecords(
    {
      list: () => modelRecords(placesOf(config)),
      async write(models): Promise<void> {
        await reports.writeModels(facts.id, models)
        const known = new Set(host.models.map(({ name }) => name))
        await profiles.sweep(model => known.has(model) || recordNamed(model, models) !== null)
      },
      onChange: () => host.nudge(),
    },
    log,
  )
  const jobs = await startModelJobs(context, config, {
    onChanged: () => records.look(),
    onProfile: profile => profiles.keep(profile),
  })
  return {
    notReady: () => (host.default?.running ? null : 'the default model to be loaded again'),
    detail: () => details.detail(),
    async close(): Promise<void> {
      for (const each of [wishes, following, records, housekeeping, sweep]) each.close()
      await keeper.close() // it measures on engines that close next
      await Promise.all([memory.close(), jobs.close(), host.close(), gpu.close(), capacity.close()])
      await device.close()
      pictures.close()
      await ownership.release()
    },
  }
}

/** A GPU that is there and not used is worth a warning; that there is none is not. */
function tellChoice(choice: EngineChoice, log: Log): void {
  const { engine, deviceId, reason } = choice
  const isWasted = choice.engine === 'onnxruntime' && choice.findings.length > 0 && hasNvidiaDevice()
  const remedies = choice.engine === 'onnxruntime' ? choice.findings.map(({ remedy }) => remedy) : []
  const told = { engine, device: deviceId, reason, ...(isWasted && { remedies }) }
  log[isWasted ? 'warn' : 'info'](
    told,
    isWasted ? 'models run on the CPU, and a GPU is not used' : 'engine chosen',
  )
}

/** While its engine is made again after a failure, its room stays held. */
function heldModel(name: string, { charged }: RunningModel): Held[] {
  return [{ what: `model ${name}`, model: name, bytes: charged }]
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
function outletOf(config: Config, shared: SharedParts, onLoaded: (loaded: LoadedModel) => void): HostOutlet {
  const { reports, log } = shared.context
  const told = (error: unknown): void =>
    log.warn({ reason: messageOf(error) }, 'a slab could not be announced')
  return {
    announce: slab => void reports.announceSlab(slab).catch(told),
    withdraw: id => void reports.withdrawSlab(id).catch(told),
    infer: (loaded, onEngineFailure) => {
      onLoaded(loaded)
      return new Inference(config, loaded, shared, onEngineFailure)
    },
    deviceLost: error => endAtOnce('infer', error),
  }
}
