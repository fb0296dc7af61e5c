/** Puts the parts of publish together into one server. The order matters: hooks and descriptions come before the routes they watch. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Log } from '../shared/log.js'
import type { Alerts } from '../shared/redis/alerts.js'
import type { RedisConnection } from '../shared/redis/connection.js'
import type { Profiles } from '../shared/redis/profiles.js'
import type { Reports } from '../shared/redis/reports.js'
import type { StreamRegistry } from '../shared/redis/stream-registry.js'
import type { Access } from './access/access.js'
import { limitBodies } from './api/body-deadline.js'
import { dashboardRoutes } from './api/dashboard.js'
import { describeRoutes, documentRoutes } from './api/documents.js'
import { createHttpServer, type HttpServer } from './api/http-server.js'
import { notFound, watchMethods } from './api/method-guard.js'
import type { PlanCommands } from './api/plan-commands.js'
import { asRingsideError } from './api/problem.js'
import { alertRoutes } from './api/routes/alerts.js'
import { type BudgetRouteParts, budgetRoutes } from './api/routes/budgets.js'
import { healthRoutes } from './api/routes/health.js'
import { type MemoryRouteParts, memoryRoutes } from './api/routes/memory.js'
import { type SnapshotRouteParts, snapshotRoutes } from './api/routes/memory-snapshots.js'
import { type ModelRouteParts, modelRoutes } from './api/routes/models.js'
import { planRoutes } from './api/routes/plan.js'
import { streamRoutes } from './api/routes/streams.js'
import { systemRoutes } from './api/routes/system.js'
import { inferProcesses } from './api/served-models.js'
import type { StreamCommands } from './api/stream-commands.js'
import type { Live } from './live/live.js'
import { ownMetrics } from './metrics/own-metrics.js'
import { metricsRoute } from './metrics/route.js'
import { readSnapshot } from './snapshot.js'

export interface ServerParts {
  log: Log
  connection: RedisConnection
  registry: StreamRegistry
  reports: Reports
  streams: StreamCommands
  models: Omit<ModelRouteParts, 'connection'>
  plans: PlanCommands
  profiles: Profiles
  budgets: Omit<BudgetRouteParts, 'connection' | 'by'>
  alerts: Alerts
  snapshots: Omit<SnapshotRouteParts, 'connection'>
  memory: Omit<MemoryRouteParts, 'connection' | 'reports'>
  access: Access
  live: Live
  probeTimeoutMs: number
  /** Where the built dashboard lies; its place in the package by default. */
  dashboardDir?: string
}

export async function createServer(parts: ServerParts): Promise<HttpServer> {
  const { log, connection, registry, reports, access, live } = parts
  const app = createHttpServer(log)
  const closeMethods = watchMethods(app)
  limitBodies(app)
  const own = ownMetrics(app, live, connection)
  await describeRoutes(app)
  app.addHook('onRequest', async request => access.checkHost(request.raw))
  await app.register(async open => {
    await open.register(healthRoutes(reports, connection))
    await dashboardRoutes(open, access, parts.dashboardDir)
  })
  await app.register(async scope => {
    scope.addHook('onRequest', checkOf(access))
    await scope.register(streamRoutes(parts.streams, connection, parts.probeTimeoutMs, access.actor))
    await scope.register(modelRoutes({ ...parts.models, connection }))
    await scope.register(planRoutes(parts.plans, connection))
    await scope.register(budgetRoutes({ ...parts.budgets, connection, by: access.actor }))
    await scope.register(systemRoutes(reports, connection))
    await scope.register(alertRoutes(parts.alerts, connection))
    await scope.register(memoryRoutes({ ...parts.memory, reports, connection }))
    await scope.register(snapshotRoutes({ ...parts.snapshots, connection }))
    metricsRoute(scope, own, connection, async () => {
      const [snapshot, profiles, allocations] = await Promise.all([
        readSnapshot(registry, reports),
        parts.profiles.list(),
        parts.memory.allocations.all(),
      ])
      const newest = await Promise.all(
        inferProcesses(snapshot.processes).map(({ detail }) => parts.memory.timeline.newest(detail.deviceId)),
      )
      return { ...snapshot, profiles, allocations, memory: newest.filter(sample => sample !== null) }
    })
    documentRoutes(scope)
    closeMethods(scope)
  })
  app.setNotFoundHandler({ preValidation: checkOf(access) }, () => {
    throw notFound()
  })
  live.attach(app.server)
  return app
}

/** Before a body is read: whoever may not enter is not listened to. */
function checkOf(access: Access) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    try {
      access.check(request.raw, 'rest')
    } catch (error) {
      reply.headers(access.refusalHeaders(request.raw, asRingsideError(error)))
      throw error
    }
  }
}
