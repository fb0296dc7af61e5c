/** Model jobs (BullMQ), the asking side: REST records what is wanted, and reads how far it is. The worker in infer does it: model-worker.ts. */
import { type ConnectionOptions, Queue } from 'bullmq'
import type { JobView } from '../api/views.js'
import { RingsideError } from '../errors.js'
import type { Log } from '../log.js'
import type { ModelJobRequest } from '../model/model-job.js'
import type { RedisConnection } from './connection.js'
import { type JobData, type JobOutcome, MODEL_QUEUE, type ModelJob, viewOf } from './model-job-view.js'

const MAX_WAITING = 20
const KEEP = { age: 24 * 3600, count: 100 }

export interface ModelQueue {
  /** Returns when the job is recorded. @throws RingsideError `too_many_jobs` */
  add(request: ModelJobRequest): Promise<JobView>
  /** Newest first. */
  list(): Promise<JobView[]>
  /** @throws RingsideError `unknown_job` */
  find(id: string): Promise<JobView>
  /** One that waits never starts, one that runs is ended within a second or two; one that has ended stays as it is. */
  cancel(id: string): Promise<JobView>
}

export function createModelQueue(
  connection: RedisConnection,
  log: Log,
): ModelQueue & { close(): Promise<void> } {
  const queue = new Queue<JobData, JobOutcome>(MODEL_QUEUE, {
    connection: connection.duplicate() as ConnectionOptions,
    prefix: connection.keys.jobs,
    defaultJobOptions: { attempts: 1, removeOnComplete: KEEP, removeOnFail: KEEP },
  })
  queue.on('error', error => log.debug({ err: error }, 'model queue'))
  const found = async (id: string): Promise<ModelJob> => {
    const job = await queue.getJob(id)
    if (job) return job
    throw new RingsideError('unknown_job', `No job has the id ${id}.`, {
      key: 'id',
      value: id,
      remedy: 'Jobs are kept for a day; GET /api/v1/jobs lists them.',
    })
  }
  return {
    async add(request) {
      if ((await queue.getWaitingCount()) >= MAX_WAITING) throw tooMany()
      return viewOf(await queue.add(request.kind, request))
    },
    async list() {
      const jobs = await queue.getJobs(['active', 'waiting', 'completed', 'failed'], 0, KEEP.count)
      const views = await Promise.all(jobs.filter(job => job?.id !== undefined).map(viewOf))
      return views.sort((a, b) => b.createdAt - a.createdAt || Number(b.id) - Number(a.id))
    },
    find: async id => viewOf(await found(id)),
    async cancel(id) {
      const job = await found(id)
      if (!job.finishedOn) await job.updateData({ ...job.data, cancelled: true })
      return viewOf(await found(id))
    },
    close: () => queue.close(),
  }
}

const tooMany = (): RingsideError =>
  new RingsideError('too_many_jobs', `${MAX_WAITING} model jobs wait already.`, {
    remedy: 'Wait until some are done, or cancel one with DELETE /api/v1/jobs/{id}.',
  })
