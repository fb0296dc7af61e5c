/** The worker of model jobs in infer: each is a `ringside model` command in a process of its own, so that heavy or hostile work never runs in the service. */
import fs from 'node:fs/promises'
import type { Config } from '../../config/schema.js'
import type { ModelProfile } from '../../shared/budget/profile.js'
import { RingsideError } from '../../shared/errors.js'
import type { ModelJobKind, ModelJobRequest } from '../../shared/model/model-job.js'
import { joinModelName, precisions } from '../../shared/model/model-name.js'
import type { StageContext } from '../../shared/process/stage.js'
import { createModelWorker, type RunningJob } from '../../shared/redis/model-worker.js'
import { StreamRegistry } from '../../shared/redis/stream-registry.js'
import { loadCatalogue } from '../model/registry/catalogue.js'
import { placesOf } from '../model/resolve.js'
import { jobArguments } from './arguments.js'
import { runCommand } from './command.js'

const MINUTE_MS = 60_000
const deadlinesMs: Record<ModelJobKind, number> = {
  pull: 240 * MINUTE_MS,
  add: 15 * MINUTE_MS,
  rm: MINUTE_MS,
  inspect: 15 * MINUTE_MS,
  prepare: 30 * MINUTE_MS,
  check: 240 * MINUTE_MS,
  compare: 480 * MINUTE_MS,
  quantize: 240 * MINUTE_MS,
  profile: 30 * MINUTE_MS,
}

/** Secrets that no model command needs. */
const withheld = [
  'RINGSIDE_TOKEN',
  'RINGSIDE_SERVER_TOKEN',
  'RINGSIDE_SECRET_KEY',
  'REDIS_URL',
  'RINGSIDE_REDIS_URL',
]

type Context = Pick<StageContext, 'connection' | 'reports' | 'log'>

/** What a job leads to, before its end is told. */
export interface JobOutcomes {
  /** After each job: what can be named may be another list now. */
  onChanged?(): Promise<void>
  /** What a model was measured to take of the device. */
  onProfile?(profile: ModelProfile): Promise<void>
}

/** Also tells publish the catalogue. */
export async function startModelJobs(
  context: Context,
  config: Config,
  { onChanged, onProfile }: JobOutcomes = {},
): Promise<{ close(): Promise<void> }> {
  const { connection, reports, log } = context
  await reports.writeCatalogue(loadCatalogue(config.model.catalogue))
  const streams = new StreamRegistry(connection.redis, connection.keys)
  return createModelWorker(
    connection,
    async job => {
      const { kind, model } = job.request
      log.info({ kind, model }, 'a model job begins')
      try {
        if (kind === 'rm') await checkUnused(model, streams, config.model.name)
        const result = await execute(job, config)
        if (kind === 'profile') await onProfile?.(result as ModelProfile)
        return result
      } finally {
        await onChanged?.()
      }
    },
    log,
  )
}

async function execute({ request, ended, progress }: RunningJob, config: Config): Promise<unknown> {
  try {
    return await runCommand({
      args: await jobArguments(request, placesOf(config)),
      environment: environmentOf(config),
      deadlineMs: deadlinesMs[request.kind],
      ended,
      onProgress: progress,
    })
  } finally {
    if (!ended.aborted) await removeUpload(request)
  }
}

/** An upload is the job's: once it is in the registry, or refused, nobody needs it. A job that is begun again does. */
async function removeUpload({ kind, options }: ModelJobRequest): Promise<void> {
  if (kind === 'add') await fs.rm(String(options.file), { force: true })
}

/** REST looked before the job was queued; a stream may have come since. */
async function checkUnused(model: string, registry: StreamRegistry, defaultModel: string): Promise<void> {
  const names = precisions.map(precision => joinModelName(model, precision))
  const users = (await registry.list()).filter(stream => names.includes(stream.model ?? defaultModel))
  if (users.length === 0) return
  const ids = users.map(({ id }) => id).join(', ')
  throw new RingsideError('model_in_use', `Streams use ${model}: ${ids}.`, {
    key: 'name',
    value: model,
    remedy: 'Give them another model, then remove it.',
  })
}

/** The same settings that we run with, wherever the command is started. */
function environmentOf({ dataDir, model }: Config): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !withheld.includes(name))
  return {
    ...Object.fromEntries(inherited),
    RINGSIDE_DATA_DIR: dataDir,
    RINGSIDE_MODELS_DIR: model.modelsDir,
  }
}
