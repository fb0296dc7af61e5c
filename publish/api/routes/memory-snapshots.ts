/** `/api/v1/memory/snapshots`: taken, listed, shown, removed, and compared. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { diffSnapshots } from '../../../shared/memory/diff.js'
import { summaryOf } from '../../../shared/memory/snapshot-summary.js'
import type { RedisConnection } from '../../../shared/redis/connection.js'
import type { Snapshots } from '../../../shared/redis/snapshots.js'
import { type SnapshotParts, takeSnapshot } from '../../memory/take-snapshot.js'
import { withinDeadline } from '../../redis-deadline.js'
import { answers } from '../schema/common.js'
import {
  diffParams,
  memorySnapshot,
  snapshotDiff,
  snapshotList,
  snapshotParams,
  snapshotSummary,
} from '../schema/memory-snapshots.js'

const PATH = '/api/v1/memory/snapshots'
const tags = ['memory']

export interface SnapshotRouteParts extends SnapshotParts {
  snapshots: Snapshots
  connection: RedisConnection
}

export function snapshotRoutes(parts: SnapshotRouteParts): FastifyPluginAsyncTypebox {
  const { snapshots, connection } = parts
  const soon = <T>(work: () => Promise<T>): Promise<T> => withinDeadline(connection, work)
  return async app => {
    app.get(
      PATH,
      { schema: { tags, summary: 'Memory snapshots, newest first', response: answers(200, snapshotList) } },
      async () => ({ snapshots: await soon(() => snapshots.list()) }),
    )
    app.post(
      PATH,
      { schema: { tags, summary: 'Take a memory snapshot', response: answers(201, snapshotSummary) } },
      async (_, reply) => {
        const snapshot = await soon(() => takeSnapshot(parts, 'operator'))
        reply.code(201).header('location', `${PATH}/${snapshot.id}`)
        return summaryOf(snapshot)
      },
    )
    await app.register(oneSnapshot(snapshots, soon))
  }
}

function oneSnapshot(
  snapshots: Snapshots,
  soon: <T>(work: () => Promise<T>) => Promise<T>,
): FastifyPluginAsyncTypebox {
  return async app => {
    app.get(
      `${PATH}/:id`,
      {
        schema: {
          tags,
          summary: 'One memory snapshot: every allocation by owner',
          params: snapshotParams,
          response: answers(200, memorySnapshot),
        },
      },
      request => soon(() => snapshots.find(request.params.id)),
    )
    app.delete(
      `${PATH}/:id`,
      {
        schema: {
          tags,
          summary: 'Remove a memory snapshot',
          params: snapshotParams,
          response: answers(204, Type.Null()),
        },
      },
      async (request, reply) => {
        await soon(() => snapshots.remove(request.params.id))
        return reply.code(204).send(null)
      },
    )
    app.get(
      `${PATH}/:a/diff/:b`,
      {
        schema: {
          tags,
          summary: 'What grew between two snapshots, by owner, and the likely cause',
          params: diffParams,
          response: answers(200, snapshotDiff),
        },
      },
      async request => {
        const { a, b } = request.params
        const [from, to] = await soon(() => Promise.all([snapshots.find(a), snapshots.find(b)]))
        return diffSnapshots(from, to)
      },
    )
  }
}
