/**
 * Deliveries of alerts (BullMQ): recorded in Redis before anything is sent, tried again with back-off, taken over where the process
 * that sent them was killed. A job holds the event alone; address and secret stay in the settings.
 */
import { type ConnectionOptions, Queue, Worker } from 'bullmq'
import type { Log } from '../log.js'
import type { AlertEvent } from '../memory/alert.js'
import type { RedisConnection } from './connection.js'

const QUEUE = 'webhooks'
/** 1 s, 2 s, 4 s … 2 min 8 s: a receiver may be away for four minutes. */
const ATTEMPTS = 9
const BASE_DELAY_MS = 1000
/** A receiver has 5 s; a killed worker's delivery is taken over after at most lock + check. */
const LOCK_MS = 15_000
const STALLED_CHECK_MS = 5000

export interface WebhookQueue {
  /** Returns when the delivery is recorded. The same change of an alert is delivered once, however often it is added. */
  add(event: AlertEvent): Promise<void>
  close(): Promise<void>
}

/** @param deliver throws where the receiver did not accept; `delivery` is the same for every try of one event. */
export function createWebhookQueue(
  connection: RedisConnection,
  deliver: (event: AlertEvent, delivery: string) => Promise<void>,
  log: Log,
  baseDelayMs = BASE_DELAY_MS,
): WebhookQueue {
  const options = () => ({
    connection: connection.duplicate() as ConnectionOptions,
    prefix: connection.keys.jobs,
  })
  const queue = new Queue<AlertEvent>(QUEUE, {
    ...options(),
    defaultJobOptions: {
      attempts: ATTEMPTS,
      backoff: { type: 'exponential', delay: baseDelayMs },
      removeOnComplete: { age: 3600, count: 100 },
      removeOnFail: { age: 86_400, count: 100 },
    },
  })
  const worker = new Worker<AlertEvent>(QUEUE, job => deliver(job.data, job.id as string), {
    ...options(),
    concurrency: 2,
    lockDuration: LOCK_MS,
    stalledInterval: STALLED_CHECK_MS,
    maxStalledCount: ATTEMPTS,
  })
  queue.on('error', error => log.debug({ err: error }, 'webhook queue'))
  worker.on('error', error => log.debug({ err: error }, 'webhook worker'))
  worker.on('failed', (job, error) => {
    const facts = { alert: job?.data.id, tries: job?.attemptsMade, reason: error.message }
    if ((job?.attemptsMade ?? 0) >= ATTEMPTS) log.error(facts, 'an alert was given up: no webhook took it')
    else log.warn(facts, 'the webhook did not take an alert; it is tried again')
  })
  return {
    async add(event): Promise<void> {
      await queue.add('alert', event, { jobId: deliveryOf(event) })
    },
    async close(): Promise<void> {
      await Promise.allSettled([worker.close(), queue.close()])
    },
  }
}

/** BullMQ keeps `:` for itself. */
function deliveryOf({ id, state, sinceMs }: AlertEvent): string {
  return `${id}-${state}-${sinceMs}`.replaceAll(':', '-')
}
