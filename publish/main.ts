/** The publish stage: REST, WebSocket, metrics and dashboard. The only place of it that reads the settings and makes adapters. */
import { fileURLToPath } from 'node:url'
import { loadConfig } from '../config/load.js'
import type { Config } from '../config/schema.js'
import { startAllocationReports } from '../shared/process/allocation-reports.js'
import { type RunningStage, runStage, type StageContext } from '../shared/process/stage.js'
import { Alerts } from '../shared/redis/alerts.js'
import { Allocations } from '../shared/redis/allocations.js'
import { CompactionRequests } from '../shared/redis/compaction-requests.js'
import { createControlQueue } from '../shared/redis/control-queue.js'
import { MemoryTimeline } from '../shared/redis/memory-timeline.js'
import { createModelQueue } from '../shared/redis/model-queue.js'
import { Snapshots } from '../shared/redis/snapshots.js'
import { StreamRegistry } from '../shared/redis/stream-registry.js'
import { rememberSecret } from '../shared/secrets/redact.js'
import { loadSealer } from '../shared/secrets/seal.js'
import { Access, makeToken } from './access/access.js'
import { announce } from './announce.js'
import { AdmissionDesk } from './api/admission.js'
import { BudgetCommands } from './api/budget-commands.js'
import { ModelCommands } from './api/model-commands.js'
import { PlanCommands } from './api/plan-commands.js'
import { StreamCommands } from './api/stream-commands.js'
import { budgetWork } from './budget/budget-work.js'
import { budgetParts } from './budget-parts.js'
import { closePublish } from './close.js'
import { Live } from './live/live.js'
import { memoryWork } from './memory/memory-work.js'
import { together, whileOwner } from './memory/role.js'
import { createServer } from './server.js'

/** A camera that is tried may take as long as one that connects, and a little to get there. */
const PROBE_SLACK_MS = 2000

export async function main(): Promise<void> {
  const config = loadConfig()
  await runStage('publish', config, context => startPublish(config, context))
}

export async function startPublish(config: Config, context: StageContext): Promise<RunningStage> {
  const { log, connection, reports } = context
  const token = config.server.token || makeToken()
  for (const secret of [token, config.alerts.webhookUrl, config.alerts.webhookSecret]) rememberSecret(secret)
  const probeTimeoutMs = config.ingest.connectTimeoutMs + config.ingest.firstFrameTimeoutMs + PROBE_SLACK_MS

  const registry = new StreamRegistry(connection.redis, connection.keys)
  const control = createControlQueue(connection, log)
  const jobs = createModelQueue(connection, log)
  const sealer = loadSealer(config.dataDir)
  const budget = budgetParts(connection, reports, config.budget)
  const admission = new AdmissionDesk(budget)
  const streams = new StreamCommands(
    { registry, reports, control, sealer, admission, history: budget.history, log },
    { allowFileSources: config.ingest.allowFileSources, capacity: config.slab, probeTimeoutMs },
  )
  const snapshots = {
    registry,
    reports,
    allocations: new Allocations(connection.redis, connection.keys),
    snapshots: new Snapshots(connection.redis, connection.keys, config.memory.keepSnapshots),
  }
  const access = new Access({ ...config.server, token })
  const live = new Live(connection, access, config.publish, log)
  const beginBudgetWork = budgetWork(context, config.budget, { ...budget, registry, control })
  const beginMemoryWork = memoryWork(context, config, snapshots)
  const server = await createServer({
    log,
    connection,
    registry,
    reports,
    streams,
    models: {
      models: new ModelCommands({ registry, reports, jobs, profiles: budget.profiles }),
      jobs,
      dataDir: config.dataDir,
      allowUploads: config.model.allowUploads,
    },
    plans: new PlanCommands({ ...budget, reports }),
    profiles: budget.profiles,
    alerts: new Alerts(connection.redis, connection.keys),
    snapshots,
    memory: {
      timeline: new MemoryTimeline(connection.redis, connection.keys),
      requests: new CompactionRequests(connection.redis, connection.keys),
      allocations: snapshots.allocations,
    },
    budgets: {
      budgets: new BudgetCommands({ ...budget, persist: () => streams.persist() }),
      history: budget.history,
    },
    access,
    live,
    probeTimeoutMs,
  })

  const address = await server.listen({ host: config.server.host, port: config.server.port })
  const memory = whileOwner(context, together(beginMemoryWork, beginBudgetWork))
  const held = startAllocationReports(context, 'publish')
  announce(log, address, config.server.token ? null : token)

  return {
    notReady: () => (connection.redis.status === 'ready' ? null : 'Redis does not answer.'),
    detail: () => ({
      stage: 'publish',
      webSocketClients: live.clientCount,
      messagesSent: live.counters.messagesSent,
      messagesLost: live.counters.messagesLost,
    }),
    close: () => closePublish(server, [live, control, jobs, memory, held], log),
  }
}

/** `node dist/publish/main.js` runs the stage too; `ringside publish` imports it. */
if (process.argv[1] === fileURLToPath(import.meta.url)) await main()
