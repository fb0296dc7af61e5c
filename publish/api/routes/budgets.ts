/** `/api/v1/gpus/{id}/budget` and `/api/v1/audit`. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { RedisConnection } from '../../../shared/redis/connection.js'
import type { History } from '../../../shared/redis/history.js'
import { withinDeadline } from '../../redis-deadline.js'
import type { BudgetCommands } from '../budget-commands.js'
import { budgetView, changeBudgetBody, deviceParams, historyList, historyQuery } from '../schema/budget.js'
import { answers } from '../schema/common.js'

const AUDIT_PAGE = 200

export interface BudgetRouteParts {
  budgets: BudgetCommands
  history: History
  connection: RedisConnection
  /** Whose changes these are. */
  by: string
}

export function budgetRoutes(parts: BudgetRouteParts): FastifyPluginAsyncTypebox {
  const { budgets, history, connection, by } = parts
  const tags = ['budgets']
  return async app => {
    app.get(
      '/api/v1/gpus/:id/budget',
      {
        schema: {
          tags,
          summary: 'What a device may promise, what it has promised, and to whom',
          params: deviceParams,
          response: answers(200, budgetView),
        },
      },
      request => withinDeadline(connection, () => budgets.find(request.params.id)),
    )
    app.patch(
      '/api/v1/gpus/:id/budget',
      {
        schema: {
          tags,
          summary: 'Change the budget of a device',
          params: deviceParams,
          body: changeBudgetBody,
          response: answers(200, budgetView),
        },
      },
      request => withinDeadline(connection, () => budgets.change(request.params.id, request.body, by)),
    )
    app.get(
      '/api/v1/audit',
      {
        schema: {
          tags,
          summary: 'Who changed what and when, and what Ringside did by itself',
          querystring: historyQuery,
          response: answers(200, historyList),
        },
      },
      async request => {
        const most = Number(request.query.limit ?? AUDIT_PAGE)
        return { entries: await withinDeadline(connection, () => history.audit(most)) }
      },
    )
  }
}
