/** `/api/v1/gpus` and `/api/v1/processes`: what the stages report of themselves. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { RedisConnection } from '../../../shared/redis/connection.js'
import type { Reports } from '../../../shared/redis/reports.js'
import { withinDeadline } from '../../redis-deadline.js'
import { answers } from '../schema/common.js'
import { deviceList, processList } from '../schema/system.js'
import { devicesOf } from '../served-models.js'

export function systemRoutes(reports: Reports, connection: RedisConnection): FastifyPluginAsyncTypebox {
  const tags = ['system']
  const processes = () => withinDeadline(connection, () => reports.processes())
  return async app => {
    app.get(
      '/api/v1/gpus',
      { schema: { tags, summary: 'The devices that infer runs on', response: answers(200, deviceList) } },
      async () => ({ gpus: devicesOf(await processes()) }),
    )
    app.get(
      '/api/v1/processes',
      { schema: { tags, summary: 'The processes and their slabs', response: answers(200, processList) } },
      async () => ({
        processes: await processes(),
        slabs: await withinDeadline(connection, () => reports.slabs()),
      }),
    )
  }
}
