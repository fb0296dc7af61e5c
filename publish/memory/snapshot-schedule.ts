/** Snapshots on a schedule: the owner of the role takes one whenever BullMQ says that it is due. */
import type { StageContext } from '../../shared/process/stage.js'
import { createSnapshotQueue } from '../../shared/redis/snapshot-queue.js'
import type { Work } from './role.js'
import { type SnapshotParts, takeSnapshot } from './take-snapshot.js'

/** @param everyMs `memory.snapshotEveryMs`; null takes none, and ends a schedule of before. */
export async function startSnapshotSchedule(
  { connection, log }: Pick<StageContext, 'connection' | 'log'>,
  parts: SnapshotParts,
  everyMs: number | null,
): Promise<Work> {
  const queue = createSnapshotQueue(
    connection,
    async () => {
      if ((await parts.allocations.all()).length === 0) return // all have just started: there is nothing to keep
      const { id } = await takeSnapshot(parts, 'schedule')
      log.debug({ snapshot: id }, 'memory snapshot taken')
    },
    log,
  )
  await queue.schedule(everyMs)
  return queue
}
