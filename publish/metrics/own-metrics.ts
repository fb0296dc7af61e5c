/** Figures of publish itself: its clients, its requests, its process. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { RedisConnection } from '../../shared/redis/connection.js'
import type { HttpServer } from '../api/http-server.js'
import type { Live } from '../live/live.js'
import type { LiveCounters } from '../live/outbox.js'

const REQUEST_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]

const liveCounters: [name: string, help: string, key: keyof LiveCounters][] = [
  ['ringside_websocket_messages_sent_total', 'Text messages sent to clients.', 'messagesSent'],
  ['ringside_websocket_messages_lost_total', 'Text messages that slow clients lost.', 'messagesLost'],
  ['ringside_websocket_pictures_sent_total', 'Pictures sent to clients.', 'picturesSent'],
  ['ringside_websocket_pictures_lost_total', 'Pictures that slow clients lost.', 'picturesLost'],
  ['ringside_publish_malformed_total', 'Detections that could not be filtered.', 'malformed'],
]

export function ownMetrics(app: HttpServer, live: Live, connection: RedisConnection): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  addLive(registry, live)
  new Gauge({
    name: 'ringside_redis_up',
    help: '1 where the connection of publish to Redis is up.',
    registers: [registry],
    collect() {
      this.set(Number(connection.redis.status === 'ready'))
    },
  })
  const requests = new Histogram({
    name: 'ringside_http_request_duration_seconds',
    help: 'Time to answer a request.',
    labelNames: ['method', 'route', 'status'],
    buckets: REQUEST_SECONDS,
    registers: [registry],
  })
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? '(none)' // never the path as sent: its values would be without end
    requests.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1000)
  })
  return registry
}

function addLive(registry: Registry, live: Live): void {
  const registers = [registry]
  for (const [name, help, key] of liveCounters) {
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset()
        this.inc(live.counters[key])
      },
    })
  }
  new Gauge({
    name: 'ringside_websocket_clients',
    help: 'WebSocket clients connected.',
    registers,
    collect() {
      this.set(live.clientCount)
    },
  })
  new Gauge({
    name: 'ringside_publish_lag_seconds',
    help: 'Age of the newest entry of the Redis Streams when publish read it.',
    registers,
    collect() {
      this.set(live.lagMs() / 1000)
    },
  })
}
