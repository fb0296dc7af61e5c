/** `/api/v1/streams` and `/api/v1/probe`. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import type { RedisConnection } from '../../../shared/redis/connection.js'
import { HISTORY_LINES } from '../../../shared/redis/history.js'
import { withinDeadline } from '../../redis-deadline.js'
import { historyList, historyQuery } from '../schema/budget.js'
import { answers } from '../schema/common.js'
import {
  changeStreamBody,
  createStreamBody,
  probeBody,
  probeResult,
  streamList,
  streamParams,
  streamView,
} from '../schema/streams.js'
import type { StreamCommands } from '../stream-commands.js'

const PROBE_SLACK_MS = 3000

export function streamRoutes(
  streams: StreamCommands,
  connection: RedisConnection,
  probeTimeoutMs: number,
  /** Whose changes these are. */
  by: string,
): FastifyPluginAsyncTypebox {
  const bounded = <T>(work: () => Promise<T>): Promise<T> => withinDeadline(connection, work)
  const tags = ['streams']
  return async app => {
    app.get(
      '/api/v1/streams',
      { schema: { tags, summary: 'Every stream, with its state', response: answers(200, streamList) } },
      async () => ({ streams: await bounded(() => streams.list()) }),
    )
    app.post(
      '/api/v1/streams',
      {
        schema: {
          tags,
          summary: 'Register a stream',
          body: createStreamBody,
          response: answers(201, streamView),
        },
      },
      async (request, reply) => {
        const view = await bounded(() => streams.create(request.body, by))
        return reply.code(201).header('location', `/api/v1/streams/${view.id}`).send(view)
      },
    )
    app.get(
      '/api/v1/streams/:id',
      { schema: { tags, summary: 'One stream', params: streamParams, response: answers(200, streamView) } },
      request => bounded(() => streams.find(request.params.id)),
    )
    app.patch(
      '/api/v1/streams/:id',
      {
        schema: {
          tags,
          summary: 'Change, pause or resume a stream',
          params: streamParams,
          body: changeStreamBody,
          response: answers(200, streamView),
        },
      },
      request => bounded(() => streams.change(request.params.id, request.body, by)),
    )
    app.delete(
      '/api/v1/streams/:id',
      {
        schema: {
          tags,
          summary: 'Remove a stream',
          params: streamParams,
          response: answers(204, Type.Null()),
        },
      },
      async (request, reply) => {
        await bounded(() => streams.remove(request.params.id, by))
        return reply.code(204).send(null)
      },
    )
    app.get(
      '/api/v1/streams/:id/history',
      {
        schema: {
          tags,
          summary: 'What happened to a stream, and who did it',
          params: streamParams,
          querystring: historyQuery,
          response: answers(200, historyList),
        },
      },
      async request => {
        const { id } = request.params
        return {
          entries: await bounded(() => streams.history(id, Number(request.query.limit ?? HISTORY_LINES))),
        }
      },
    )
    app.post(
      '/api/v1/probe',
      { schema: { tags, summary: 'Try a camera', body: probeBody, response: answers(200, probeResult) } },
      request =>
        withinDeadline(connection, () => streams.probe(request.body.url), probeTimeoutMs + PROBE_SLACK_MS),
    )
  }
}
