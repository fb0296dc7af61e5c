/** Scheduled memory snapshots (BullMQ job scheduler): one schedule for all of publish, kept in Redis; the owner of the role works it off. */
import { type ConnectionOptions, Queue, Worker } from 'bullmq'
import type { Log } from '../log.js'
import type { RedisConnection } from './connection.js'

const QUEUE = 'snapshots'
const SCHEDULER = 'memory-snapshot'
const LOCK_MS = 10_000
const STALLED_CHECK_MS = 5000

export interface SnapshotQueue {
  /** Makes the schedule what the settings say. @param everyMs null: none. */
  schedule(everyMs: number | null): Promise<void>
  close(): Promise<void>
}

/** @param take is called for each snapshot that is due; one that throws is tried thrice. */
export function createSnapshotQueue(
  connection: RedisConnection,
  take: () => Promise<void>,
  log: Log,
): SnapshotQueue {
  const options = () => ({
    connection: connection.duplicate() as ConnectionOptions,
    prefix: connection.keys.jobs,
  })
  const queue = new Queue(QUEUE, options())
  const worker = new Worker(QUEUE, take, {
    ...options(),
    concurrency: 1,
    lockDuration: LOCK_MS,
    stalledInterval: STALLED_CHECK_MS,
  })
  queue.on('error', error => log.debug({ err: error }, 'snapshot queue'))
  worker.on('error', error => log.debug({ err: error }, 'snapshot worker'))
  worker.on('failed', (_, error) => log.warn({ err: error }, 'a scheduled memory snapshot failed'))
  return {
    async schedule(everyMs): Promise<void> {
      if (everyMs === null) await queue.removeJobScheduler(SCHEDULER)
      else {
        await queue.upsertJobScheduler(
          SCHEDULER,
          { every: everyMs },
          {
            name: 'snapshot',
            opts: {
              attempts: 3,
              backoff: { type: 'exponential', delay: 1000 },
              removeOnComplete: true,
              removeOnFail: { count: 20 },
            },
          },
        )
      }
    },
    async close(): Promise<void> {
      await Promise.allSettled([worker.close(), queue.close()])
    },
  }
}
