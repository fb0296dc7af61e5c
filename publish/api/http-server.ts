/** The HTTP server before it has any routes: limits, timeouts, validation, errors as problem details, security headers. */
import type { Socket } from 'node:net'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify'
import type { Problem } from '../../shared/api/views.js'
import { RingsideError } from '../../shared/errors.js'
import type { Log } from '../../shared/log.js'
import { asRingsideError, PROBLEM_TYPE, problemOf } from './problem.js'

const BODY_LIMIT_BYTES = 64 * 1024
/** A gigabyte at 300 KiB/s: a model that is uploaded. All other bodies have 30 s (body-deadline.ts), headers 10 s. */
const REQUEST_TIMEOUT_MS = 3_600_000
const KEEP_ALIVE_MS = 10_000
const MAX_CONNECTIONS = 10_000

export type HttpServer = FastifyInstance

/** The dashboard loads nothing from elsewhere, and nobody frames it. `'self'` covers the WebSocket of the same host. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "img-src 'self' blob: data:",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

const securityHeaders = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}

export function createHttpServer(log: Log): HttpServer {
  const app: HttpServer = Fastify({
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }), // its lines would hold the query, and with it the token
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    http: { headersTimeout: KEEP_ALIVE_MS },
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 256 },
    ajv: {
      customOptions: {
        coerceTypes: false, // "5" is no number: what is stored is what was sent
        removeAdditional: false, // an unknown field is refused, not lost
        allErrors: false,
        verbose: true,
        allowUnionTypes: true,
      },
    },
    frameworkErrors: (error, request, reply) => sendProblem(error, request, reply),
    clientErrorHandler: (error, socket) => answerBrokenRequest(error, socket as Socket),
  })
  app.server.maxConnections = MAX_CONNECTIONS
  takeJsonOnly(app)
  app.addHook('onSend', async (_, reply) => {
    reply.headers({
      ...securityHeaders,
      ...(!reply.hasHeader('cache-control') && { 'cache-control': 'no-store' }),
    })
  })
  app.setErrorHandler(sendProblem)
  return app
}

/** `__proto__` is an own key after JSON.parse, and no schema has a field of that name: it is refused like any other. */
function takeJsonOnly(app: HttpServer): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_, body, done) => {
    if (body.length === 0) return done(null, undefined)
    try {
      done(null, JSON.parse(body as string))
    } catch {
      // The text of a syntax error quotes the body, which may hold a password.
      done(
        new RingsideError('invalid_request', 'The request body is not JSON.', {
          remedy: 'Send a JSON object.',
        }),
      )
    }
  })
}

function sendProblem(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const error = asRingsideError(thrown)
  const route = request.routeOptions.url
  if (error.code === 'internal') request.log.error({ err: thrown, route }, error.message)
  else if (error.status >= 500) request.log.warn({ code: error.code, route }, error.message)
  const body = Buffer.from(JSON.stringify(problemOf(error))) // as text it would get a charset, which JSON has none of
  void reply.code(error.status).header('content-type', PROBLEM_TYPE).send(body)
}

/** What is not even HTTP gets a short answer and a closed connection. */
function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  refuse(
    socket,
    problemOf(
      new RingsideError('invalid_request', 'The request is not valid HTTP, or came too slowly.', {
        remedy: 'Send HTTP/1.1 with headers under 16 KiB.',
      }),
    ),
  )
}

/** Answers a problem on a bare socket, and closes it. */
export function refuse(socket: Socket, problem: Problem, headers: Record<string, string> = {}): void {
  const body = JSON.stringify(problem)
  const head = {
    'content-type': PROBLEM_TYPE,
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
    ...headers,
  }
  const lines = Object.entries(head).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.once('error', () => socket.destroy()) // the other end left: there is nobody to answer
  socket.end(`HTTP/1.1 ${problem.status} ${problem.title}\r\n${lines.join('')}\r\n${body}`)
}
