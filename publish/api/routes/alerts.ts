/** `/api/v1/alerts`: the alerts that fire, and those lately resolved. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Alerts } from '../../../shared/redis/alerts.js'
import type { RedisConnection } from '../../../shared/redis/connection.js'
import { withinDeadline } from '../../redis-deadline.js'
import { alertList } from '../schema/alerts.js'
import { answers } from '../schema/common.js'

export function alertRoutes(
  alerts: Pick<Alerts, 'list'>,
  connection: RedisConnection,
): FastifyPluginAsyncTypebox {
  return async app => {
    app.get(
      '/api/v1/alerts',
      {
        schema: {
          tags: ['memory'],
          summary: 'The alerts that fire, then those resolved within a day',
          response: answers(200, alertList),
        },
      },
      async () => ({ alerts: await withinDeadline(connection, () => alerts.list()) }),
    )
  }
}
