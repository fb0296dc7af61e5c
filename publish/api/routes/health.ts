/** `/healthz`: this process can serve. `/readyz`: detections can flow. Both are open, and tell no secret. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Static } from 'typebox'
import { messageOf } from '../../../shared/errors.js'
import type { ProcessReport } from '../../../shared/process/report.js'
import type { RedisConnection } from '../../../shared/redis/connection.js'
import type { Reports } from '../../../shared/redis/reports.js'
import { withinDeadline } from '../../redis-deadline.js'
import { health, readiness } from '../schema/system.js'

const DEADLINE_MS = 1000

type Missing = Static<typeof readiness>['missing'][number]

export function healthRoutes(reports: Reports, connection: RedisConnection): FastifyPluginAsyncTypebox {
  const tags = ['health']
  return async app => {
    app.get(
      '/healthz',
      { schema: { tags, summary: 'Whether publish can serve', response: { 200: health, 503: health } } },
      async (_, reply) => {
        const reason = await withinDeadline(connection, () => connection.redis.ping(), DEADLINE_MS).then(
          () => null,
          messageOf,
        )
        return reply
          .code(reason === null ? 200 : 503)
          .send({ status: reason === null ? 'ok' : 'unavailable', reason })
      },
    )
    app.get(
      '/readyz',
      {
        schema: {
          tags,
          summary: 'Whether detections can flow',
          response: { 200: readiness, 503: readiness },
        },
      },
      async (_, reply) => {
        const missing = await withinDeadline(connection, () => reports.processes(), DEADLINE_MS).then(
          missingOf,
          (error: unknown): Missing[] => [{ part: 'redis', reason: messageOf(error) }],
        )
        return reply.code(missing.length === 0 ? 200 : 503).send({ ready: missing.length === 0, missing })
      },
    )
  }
}

function missingOf(processes: ProcessReport[]): Missing[] {
  return (['ingest', 'infer'] as const).flatMap(part => {
    const ofStage = processes.filter(report => report.stage === part)
    if (ofStage.some(report => report.ready)) return []
    return [{ part, reason: ofStage[0]?.notReady ?? `No ${part} process reports.` }]
  })
}
