/**
 * Model jobs (BullMQ), the working side, in infer: one at a time. Each command can be repeated without harm (a pull goes
 * on, an add finds itself done), so that a job whose worker was killed is run once more.
 */
import { type ConnectionOptions, Queue, WaitingError, Worker } from 'bullmq'
import { problemOf } from '../api/problem.js'
import type { Log } from '../log.js'
import type { ModelJobProgress, ModelJobRequest } from '../model/model-job.js'
import type { RedisConnection } from './connection.js'
import {
  type JobData,
  type JobOutcome,
  jobError,
  MODEL_QUEUE,
  type ModelJob,
  wasCancelled,
} from './model-job-view.js'

/** A killed worker's job is taken over after at most lock + check. */
const LOCK_MS = 10_000
const STALLED_CHECK_MS = 5000
const CANCEL_POLL_MS = 500

export interface RunningJob {
  request: ModelJobRequest
  /** Aborted when the job is cancelled, or the worker closes. */
  ended: AbortSignal
  progress(progress: ModelJobProgress): void
}

export type RunJob = (job: RunningJob) => Promise<unknown>

/** Runs model jobs. What `run` throws becomes the problem of its job; a job that closing ends is begun again by the next worker. */
export function createModelWorker(
  connection: RedisConnection,
  run: RunJob,
  log: Log,
): { close(): Promise<void> } {
  const closing = new AbortController()
  const connected = { connection: connection.duplicate() as ConnectionOptions, prefix: connection.keys.jobs }
  const queue = new Queue<JobData, JobOutcome>(MODEL_QUEUE, connected)
  const worker = new Worker<JobData, JobOutcome>(
    MODEL_QUEUE,
    async (job, token) => {
      const outcome = await execute(job, queue, run, closing.signal, log)
      if (!closing.signal.aborted || job.data.cancelled) return outcome
      await job.moveToWait(token)
      throw new WaitingError()
    },
    {
      connection: connection.duplicate() as ConnectionOptions,
      prefix: connection.keys.jobs,
      concurrency: 1,
      lockDuration: LOCK_MS,
      stalledInterval: STALLED_CHECK_MS,
      maxStalledCount: 1,
    },
  )
  const onError = (error: Error): void => log.debug({ err: error }, 'model worker')
  queue.on('error', onError)
  worker.on('error', onError)
  worker.on('failed', (job, error) => log.warn({ job: job?.name, err: error }, 'a model job was lost'))
  return {
    async close(): Promise<void> {
      closing.abort()
      await worker.close()
      await queue.close()
    },
  }
}

async function execute(
  job: ModelJob,
  queue: Queue<JobData, JobOutcome>,
  run: RunJob,
  closing: AbortSignal,
  log: Log,
): Promise<JobOutcome> {
  const { cancelled, ...request } = job.data
  if (cancelled) return { ok: false, problem: problemOf(wasCancelled()) }
  const cancel = new AbortController()
  const poll = setInterval(() => void watch(job, queue, cancel, log), CANCEL_POLL_MS)
  const progress = (state: ModelJobProgress): void => {
    job.updateProgress(state).catch((error: unknown) => log.debug({ err: error }, 'progress of a model job'))
  }
  try {
    const result = await run({ request, ended: AbortSignal.any([cancel.signal, closing]), progress })
    return { ok: true, result }
  } catch (error) {
    return { ok: false, problem: problemOf(cancel.signal.aborted ? wasCancelled() : jobError(error)) }
  } finally {
    clearInterval(poll)
  }
}

/** The wish to cancel stands in the job itself: it is there whoever looks, and survives either process. */
async function watch(
  job: ModelJob,
  queue: Queue<JobData, JobOutcome>,
  cancel: AbortController,
  log: Log,
): Promise<void> {
  try {
    const now = await queue.getJob(job.id as string)
    if (now?.data.cancelled) cancel.abort()
  } catch (error) {
    log.debug({ err: error }, 'the wish to cancel could not be read')
  }
}
