/** `/api/v1/memory/…`: memory over time, what is held by whom, compactions. Snapshots have routes of their own. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { RingsideError } from '../../../shared/errors.js'
import type { Allocations } from '../../../shared/redis/allocations.js'
import type { RedisConnection } from '../../../shared/redis/connection.js'
import type { MemoryTimeline } from '../../../shared/redis/memory-timeline.js'
import { type CompactParts, compactNow } from '../../memory/compact.js'
import { withinDeadline } from '../../redis-deadline.js'
import { answers } from '../schema/common.js'
import { allocationList, compactBody, compactionList, timeline, timelineQuery } from '../schema/memory.js'

const tags = ['memory']
const RANGE_MS = 600_000
/** Longer than a compaction is waited for. */
const COMPACT_DEADLINE_MS = 65_000

export interface MemoryRouteParts extends CompactParts {
  timeline: MemoryTimeline
  allocations: Allocations
  connection: RedisConnection
}

export function memoryRoutes(parts: MemoryRouteParts): FastifyPluginAsyncTypebox {
  return async app => {
    await app.register(lookingRoutes(parts))
    await app.register(compactRoute(parts))
  }
}

function lookingRoutes({
  timeline: over,
  allocations,
  connection,
}: MemoryRouteParts): FastifyPluginAsyncTypebox {
  return async app => {
    app.get(
      '/api/v1/memory/timeline',
      {
        schema: {
          tags,
          summary: 'Memory of a device over time',
          description: 'Kept: 10 minutes by the second, 6 hours by 10 s, 7 days by the minute.',
          querystring: timelineQuery,
          response: answers(200, timeline),
        },
      },
      async ({ query }) => {
        const toMs = query.to === undefined ? Date.now() : Number(query.to)
        const fromMs = query.from === undefined ? toMs - RANGE_MS : Number(query.from)
        checkRange(fromMs, toMs)
        const everyMs = query.everyMs === undefined ? null : Number(query.everyMs)
        const samples = await withinDeadline(connection, () => over.read(query.device, fromMs, toMs, everyMs))
        return { samples }
      },
    )
    app.get(
      '/api/v1/memory/allocations',
      {
        schema: {
          tags,
          summary: 'What each process holds, by owner',
          response: answers(200, allocationList),
        },
      },
      async () => ({ processes: await withinDeadline(connection, () => allocations.all()) }),
    )
    app.get(
      '/api/v1/memory/compactions',
      { schema: { tags, summary: 'Compactions, newest first', response: answers(200, compactionList) } },
      async () => ({ compactions: await withinDeadline(connection, () => over.compactions()) }),
    )
  }
}

function compactRoute(parts: MemoryRouteParts): FastifyPluginAsyncTypebox {
  return async app => {
    app.post(
      '/api/v1/memory/compact',
      {
        schema: {
          tags,
          summary: 'Compact memory now, between batches; answers what that freed and cost',
          description:
            'A CPU gives back free heap, a GPU makes the session anew that grew since its load; `model` names one to make anew.',
          body: compactBody,
          response: answers(200, compactionList),
        },
        // A body may be left out.
        preValidation: async request => {
          request.body ??= {}
        },
      },
      async ({ body: { device = null, model = null } }) => {
        const work = () => compactNow(parts, device, model)
        return { compactions: await withinDeadline(parts.connection, work, COMPACT_DEADLINE_MS) }
      },
    )
  }
}

function checkRange(fromMs: number, toMs: number): void {
  if (fromMs <= toMs) return
  throw new RingsideError('invalid_request', 'The range ends before it begins.', {
    key: 'from',
    value: String(fromMs),
    remedy: 'Give a `from` that is not after `to`, both in milliseconds since the Unix epoch.',
  })
}
