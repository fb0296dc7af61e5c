/**
 * Control jobs (BullMQ): REST records the desired state and asks for it here; ingest makes it so. Jobs only hasten
 * what ingest's own reconciliation would do anyway, so that a lost or repeated one changes nothing.
 */
import { type ConnectionOptions, Queue, QueueEvents, Worker } from 'bullmq'
import { RingsideError } from '../errors.js'
import type { Log } from '../log.js'
import type { SourceInfo, StateReason } from '../stream/stream.js'
import type { RedisConnection } from './connection.js'

export type ControlJob = { kind: 'start' | 'stop'; stream: string } | { kind: 'probe'; sealedUrl: string }

export type ProbeResult = { ok: true; source: SourceInfo } | { ok: false; reason: StateReason }

const QUEUE = 'control'
/** A killed worker's job is taken over after at most lock + check. */
const LOCK_MS = 10_000
const STALLED_CHECK_MS = 5000

export interface ControlQueue {
  /** Returns when the job is recorded, not when it is done. */
  reconcile(kind: 'start' | 'stop', stream: string): Promise<void>
  /** @throws RingsideError `ingest_unavailable` where no ingest answered within `timeoutMs`. */
  probe(sealedUrl: string, timeoutMs: number): Promise<ProbeResult>
  close(): Promise<void>
}

export function createControlQueue(connection: RedisConnection, log: Log): ControlQueue {
  const options = { connection: connection.duplicate() as ConnectionOptions, prefix: connection.keys.jobs }
  const queue = new Queue<ControlJob>(QUEUE, {
    ...options,
    defaultJobOptions: {
      attempts: 5,
      backoff: { type: 'exponential', delay: 500 },
      removeOnComplete: { age: 300, count: 100 },
      removeOnFail: { age: 3600, count: 100 },
    },
  })
  const events = new QueueEvents(QUEUE, {
    connection: connection.duplicate() as ConnectionOptions,
    prefix: connection.keys.jobs,
  })
  const onError = (error: Error): void => log.debug({ err: error }, 'control queue')
  queue.on('error', onError)
  events.on('error', onError)
  return {
    async reconcile(kind, stream): Promise<void> {
      await queue.add(kind, { kind, stream })
    },
    async probe(sealedUrl, timeoutMs): Promise<ProbeResult> {
      const job = await queue.add('probe', { kind: 'probe', sealedUrl }, { attempts: 1 })
      try {
        return (await job.waitUntilFinished(events, timeoutMs)) as ProbeResult
      } catch (cause) {
        throw new RingsideError(
          'ingest_unavailable',
          `No ingest process answered the probe within ${timeoutMs} ms.`,
          {
            remedy: 'Look at /readyz and at the log of ingest.',
            cause,
          },
        )
      }
    },
    async close(): Promise<void> {
      await Promise.allSettled([queue.close(), events.close()])
    },
  }
}

export interface ControlHandlers {
  reconcile(stream: string): Promise<void>
  probe(sealedUrl: string): Promise<ProbeResult>
}

/** Runs control jobs in ingest. A job that throws is retried with back-off; one whose worker died is taken over. */
export function createControlWorker(
  connection: RedisConnection,
  handlers: ControlHandlers,
  log: Log,
): { close(): Promise<void> } {
  const worker = new Worker<ControlJob, ProbeResult | undefined>(
    QUEUE,
    async ({ data }) => {
      if (data.kind === 'probe') return handlers.probe(data.sealedUrl)
      await handlers.reconcile(data.stream)
      return undefined
    },
    {
      connection: connection.duplicate() as ConnectionOptions,
      prefix: connection.keys.jobs,
      concurrency: 8,
      lockDuration: LOCK_MS,
      stalledInterval: STALLED_CHECK_MS,
      maxStalledCount: 5,
    },
  )
  worker.on('error', error => log.debug({ err: error }, 'control worker'))
  worker.on('failed', (job, error) => log.warn({ job: job?.name, err: error }, 'a control job failed'))
  return { close: () => worker.close(true) }
}
