/** `/metrics`: the figures of all stages in one scrape; while Redis is away, those of publish alone. */
import type { Registry } from 'prom-client'
import { RingsideError } from '../../shared/errors.js'
import type { RedisConnection } from '../../shared/redis/connection.js'
import type { HttpServer } from '../api/http-server.js'
import { withinDeadline } from '../redis-deadline.js'
import { type Figures, stageMetrics } from './stage-metrics.js'

export function metricsRoute(
  scope: HttpServer,
  own: Registry,
  connection: RedisConnection,
  read: () => Promise<Figures>,
): void {
  const schema = { tags: ['health'], summary: 'Prometheus metrics', produces: ['text/plain'] }
  scope.get('/metrics', { schema }, async (_, reply) => {
    const stages = await withinDeadline(connection, read).then(stageMetrics, withoutRedis)
    return reply.type(own.contentType).send(stages + (await own.metrics()))
  })
}

function withoutRedis(error: unknown): string {
  if (error instanceof RingsideError && error.code === 'redis_unavailable') return ''
  throw error
}
