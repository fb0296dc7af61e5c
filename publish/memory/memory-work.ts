/** What one publish process does about memory for all of them: watches it, tells alerts, takes scheduled snapshots. */
import type { Config } from '../../config/schema.js'
import type { StageContext } from '../../shared/process/stage.js'
import { Alerts } from '../../shared/redis/alerts.js'
import { MemoryTimeline } from '../../shared/redis/memory-timeline.js'
import { createWebhookQueue } from '../../shared/redis/webhooks.js'
import { startAlertWatch, type WatchParts } from './alert-watch.js'
import type { Work } from './role.js'
import { startSnapshotSchedule } from './snapshot-schedule.js'
import { type SnapshotParts, takeSnapshot } from './take-snapshot.js'
import { createWebhook, type Webhook } from './webhook.js'

type Context = Pick<StageContext, 'connection' | 'log' | 'reports'>

/**
 * @returns how the work begins, to be called by whoever owns the role.
 * @throws RingsideError `invalid_config` at once, where the webhook's address is none.
 */
export function memoryWork(
  context: Context,
  { alerts, memory }: Pick<Config, 'alerts' | 'memory'>,
  parts: SnapshotParts,
): () => Promise<Work> {
  const webhook = createWebhook(alerts)
  return async () => {
    const webhooks = webhook && webhookQueueOf(context, webhook)
    const schedule = await startSnapshotSchedule(context, parts, memory.snapshotEveryMs)
    const watch = await startAlertWatch(watchParts(context, parts, webhooks), alerts)
    return {
      async close(): Promise<void> {
        await watch.close()
        await Promise.all([schedule.close(), webhooks?.close()])
      },
    }
  }
}

function webhookQueueOf({ connection, log }: Context, webhook: Webhook) {
  return createWebhookQueue(connection, (event, delivery) => webhook.deliver(event, delivery), log)
}

function watchParts(
  { connection: { redis, keys }, log, reports }: Context,
  parts: SnapshotParts,
  webhooks: ReturnType<typeof webhookQueueOf> | null,
): WatchParts {
  return {
    timeline: new MemoryTimeline(redis, keys),
    allocations: parts.allocations,
    reports,
    alerts: new Alerts(redis, keys),
    webhooks,
    takeSnapshot: () => takeSnapshot(parts, 'alert'),
    log,
  }
}
