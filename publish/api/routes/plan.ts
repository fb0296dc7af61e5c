/** `POST /api/v1/plan`: how many streams of a kind a device carries, and what limits them. Reserves nothing. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { RedisConnection } from '../../../shared/redis/connection.js'
import { withinDeadline } from '../../redis-deadline.js'
import type { PlanCommands } from '../plan-commands.js'
import { answers } from '../schema/common.js'
import { planBody, planList } from '../schema/plan.js'

export function planRoutes(plans: PlanCommands, connection: RedisConnection): FastifyPluginAsyncTypebox {
  return async app => {
    app.post(
      '/api/v1/plan',
      {
        schema: {
          tags: ['budgets'],
          summary: 'How many streams of a kind a device carries, what limits them, and what would next',
          description: 'The arithmetic of admission, without reserving anything.',
          body: planBody,
          response: answers(200, planList),
        },
      },
      request => withinDeadline(connection, () => plans.plan(request.body)),
    )
  }
}
