/** A model job as BullMQ keeps it, and as REST answers it. */
import type { Job } from 'bullmq'
import { problemOf } from '../api/problem.js'
import type { JobView, Problem } from '../api/views.js'
import { messageOf, RingsideError } from '../errors.js'
import type { ModelJobProgress, ModelJobRequest, ModelJobState } from '../model/model-job.js'

export const MODEL_QUEUE = 'models'

export interface JobData extends ModelJobRequest {
  cancelled?: boolean
}

/** Of a job that ran to its end, well or not. One that threw, or whose worker died twice, has none. */
export type JobOutcome = { ok: true; result: unknown } | { ok: false; problem: Problem }

export type ModelJob = Job<JobData, JobOutcome>

export async function viewOf(job: ModelJob): Promise<JobView> {
  const { cancelled, kind, model } = job.data
  const outcome = job.returnvalue as JobOutcome | null
  const lost = job.failedReason ? problemOf(wasLost(job.failedReason)) : null
  const problem = outcome ? (outcome.ok ? null : outcome.problem) : lost
  const state = stateOf(problem !== null, outcome?.ok === true, cancelled === true, job.processedOn)
  return {
    id: job.id as string,
    kind,
    model,
    state,
    progress: isProgress(job.progress) ? job.progress : null,
    result: outcome?.ok ? outcome.result : null,
    problem: state === 'cancelled' ? problemOf(wasCancelled()) : problem,
    createdAt: job.timestamp,
    startedAt: job.processedOn ?? null,
    endedAt: job.finishedOn ?? null,
  }
}

/** A job that ended well before it could be cancelled was not cancelled. */
function stateOf(failed: boolean, ok: boolean, cancelled: boolean, startedAt?: number): ModelJobState {
  if (ok) return 'done'
  if (cancelled) return 'cancelled'
  if (failed) return 'failed'
  return startedAt === undefined ? 'queued' : 'running'
}

function isProgress(value: unknown): value is ModelJobProgress {
  return typeof value === 'object' && value !== null && 'step' in value
}

/** What a job threw, as an error of ours. */
export function jobError(thrown: unknown): RingsideError {
  if (thrown instanceof RingsideError) return thrown
  return new RingsideError('job_failed', messageOf(thrown), { remedy: 'The log of infer may tell more.' })
}

export const wasCancelled = (): RingsideError =>
  new RingsideError('job_failed', 'The job was cancelled.', { remedy: 'Ask for it again.' })

const wasLost = (reason: string): RingsideError =>
  new RingsideError('job_failed', `The infer process ended while the job ran: ${reason}.`, {
    remedy: 'Look at the log of infer, then ask for the job again.',
  })
