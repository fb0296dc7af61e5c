/**
 * The ingest stage: one decoder a stream, each writing the ring of its stream in infer's slab. A table of contents:
 *
 *   config/                 the settings                     decoder/       FFmpeg: found, fed, read, ended
 *   shared/process/stage    the life of the process          session/       one stream: states, attempts, watchdog
 *   shared/redis/ownership  one ingest at a time             supervisor     desired streams ↔ sessions
 *   slab-follower           infer's shared memory            outbox         refs, reports and events to Redis
 *   shared/redis/control    jobs: start, stop, probe         probe          one look at a source
 */
import { realpathSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadConfig } from '../config/load.js'
import type { Config } from '../config/schema.js'
import { messageOf, RingsideError } from '../shared/errors.js'
import { startAllocationReports } from '../shared/process/allocation-reports.js'
import { type RunningStage, runStage, type StageContext } from '../shared/process/stage.js'
import { type ControlHandlers, createControlWorker } from '../shared/redis/control-queue.js'
import { EffectiveStreams } from '../shared/redis/effective-streams.js'
import { createOwnership } from '../shared/redis/ownership.js'
import { redactText } from '../shared/secrets/redact.js'
import { loadSealer } from '../shared/secrets/seal.js'
import { Decoders } from './decoder/decoders.js'
import { type Ffmpeg, findFfmpeg } from './decoder/ffmpeg-path.js'
import { parseSource, type Source } from './decoder/source.js'
import { anonymousBytesOf, usageOf } from './decoder/usage.js'
import { decoderAllocations } from './memory.js'
import { Outbox } from './outbox.js'
import { StartPacer } from './pacer.js'
import { probeSource } from './probe.js'
import { SlabFollower } from './slab-follower.js'
import { Supervisor } from './supervisor.js'

export async function main(): Promise<void> {
  const config = loadConfig()
  await runStage('ingest', config, async context => start(config, context))
}

function start(config: Config, context: StageContext): RunningStage {
  const { connection, reports, log } = context
  const ffmpeg = findFfmpeg(config.ingest.ffmpegPath, config.dataDir, log)
  log.info({ path: ffmpeg.path, version: ffmpeg.version }, 'FFmpeg found')
  const sealer = loadSealer(config.dataDir)
  const open = (sealedUrl: string): Source =>
    parseSource(sealer.open(sealedUrl), config.ingest.allowFileSources)
  const streams = new EffectiveStreams(connection.redis, connection.keys)
  const pacer = new StartPacer()
  const kernelsDir = path.join(config.dataDir, 'gpu', 'kernels')
  const decoders = new Decoders(ffmpeg, { gpu: config.infer.gpu, kernelsDir, ...config.ingest }, log)
  const supervisor = new Supervisor(
    { streams: () => streams.list(), slabs: () => reports.slabs() },
    {
      settings: { ...config.ingest, leaseTimeoutMs: config.slab.leaseTimeoutMs },
      decoders,
      log,
      openSource: stream => open(stream.sealedUrl),
      turn: signal => pacer.turn(signal),
      out: new Outbox(connection, reports, log),
    },
    new SlabFollower(log),
  )
  const probe: ControlHandlers['probe'] = async sealedUrl => {
    try {
      return await probeSource(open(sealedUrl), ffmpeg, config.ingest, log)
    } catch (error) {
      if (!(error instanceof RingsideError)) throw error
      return { ok: false, reason: { code: 'invalid_source', text: redactText(messageOf(error)) } }
    }
  }
  return supervise(
    context,
    supervisor,
    { ffmpeg, decoders },
    { reconcile: () => supervisor.reconcile(), probe },
  )
}

/** What the stage decodes with. */
interface Decoding {
  ffmpeg: Ffmpeg
  decoders: Decoders
}

/** Two ingests would tear each other's frames: a second one stands by until the first is gone. */
function supervise(
  context: StageContext,
  supervisor: Supervisor,
  decoding: Decoding,
  handlers: ControlHandlers,
): RunningStage {
  const { connection, log, instance, stopping, fail } = context
  let waitsFor: string | null = 'the role of ingest'
  let worker: { close(): Promise<void> } | null = null
  const ownership = createOwnership(connection.redis, connection.keys, 'ingest', instance, () =>
    fail(new RingsideError('internal', 'Another ingest took the role of this one, which stops.')),
  )
  const standby = (): void => {
    waitsFor = 'another ingest to end: it stands by'
    log.info('another ingest runs; standing by')
  }
  ownership
    .acquire(stopping, standby)
    .then(owns => {
      if (!owns) return
      waitsFor = null
      supervisor.start()
      worker = createControlWorker(connection, handlers, log)
    })
    .catch(fail)
  const allocations = startAllocationReports(context, 'ingest', () =>
    decoderAllocations(supervisor.decodedStreams(), decoding.decoders.sharedPids(), anonymousBytesOf),
  )
  return {
    notReady: () => waitsFor ?? (supervisor.hasSlab ? null : 'infer to announce its slab'),
    detail: () => detailOf(supervisor, decoding),
    async close(): Promise<void> {
      await supervisor.close()
      await decoding.decoders.close()
      await within(500, Promise.all([worker?.close(), ownership.release(), allocations.close()]))
    },
  }
}

function detailOf(
  supervisor: Supervisor,
  { ffmpeg, decoders }: Decoding,
): ReturnType<RunningStage['detail']> {
  // A process may decode many streams, or stand ready for one.
  const pids = new Set([...supervisor.decoderPids(), ...decoders.sharedPids()])
  const usages = [...pids].flatMap(pid => usageOf(pid) ?? [])
  return {
    stage: 'ingest',
    decoders: usages.length,
    ffmpeg: ffmpeg.version,
    decoderCpuSeconds: usages.reduce((sum, usage) => sum + usage.cpuSeconds, 0),
    decoderResidentBytes: usages.reduce((sum, usage) => sum + usage.residentBytes, 0),
  }
}

/** Redis may be away while ingest stops: goodbyes are not worth waiting for. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  await Promise.race([work, new Promise(resolve => setTimeout(resolve, ms).unref())])
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) await main()
