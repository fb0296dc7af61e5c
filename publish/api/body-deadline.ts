/** How long the body of a request may take: as long as its route says. Node itself knows one limit for all, which must be that of the slowest. */
import type { FastifyRequest } from 'fastify'
import { RingsideError } from '../../shared/errors.js'
import { type HttpServer, refuse } from './http-server.js'
import { problemOf } from './problem.js'

const BODY_DEADLINE_MS = 30_000

/** For the `config` of a route whose body may be large: Node's own limit is enough for it. */
export const SLOW_BODY = { slowBody: true } as const

/** A body that is not whole by then ends its connection: slow senders must not gather. */
export function limitBodies(app: HttpServer, deadlineMs = BODY_DEADLINE_MS): void {
  app.addHook('onRequest', async request => {
    if (request.raw.complete || isSlow(request)) return
    const timer = setTimeout(() => cutOff(request), deadlineMs)
    for (const event of ['end', 'close']) request.raw.once(event, () => clearTimeout(timer))
  })
}

function isSlow(request: FastifyRequest): boolean {
  return 'slowBody' in request.routeOptions.config
}

function cutOff({ raw }: FastifyRequest): void {
  if (raw.complete) return
  const late = new RingsideError('invalid_request', 'The request body came too slowly.', {
    remedy: `Send it within ${BODY_DEADLINE_MS / 1000} s.`,
  })
  refuse(raw.socket, problemOf(late))
}
