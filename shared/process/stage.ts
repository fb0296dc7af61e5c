/**
 * The life of a stage process, the same for ingest, infer and publish:
 *
 *   connect → start → ready, with a heartbeat each second → SIGTERM or SIGINT → close (bounded) → exit 0
 *
 * Whatever is thrown on the way is logged with its remedy, and the process exits 1: the supervisor starts it again.
 */
import { randomBytes } from 'node:crypto'
import { RingsideError } from '../errors.js'
import { createLog, type Log } from '../log.js'
import { connectRedis, type RedisConnection } from '../redis/connection.js'
import { Reports } from '../redis/reports.js'
import { logFault } from './fault.js'
import { type Heartbeat, startHeartbeat } from './heartbeat.js'
import type { ProcessReport, Stage } from './report.js'
import { version } from './version.js'

const CLOSE_TIMEOUT_MS = 8000

export interface StageContext {
  log: Log
  connection: RedisConnection
  reports: Reports
  /** Unique for this start of the process. */
  instance: string
  /** Aborted when the process is asked to stop. */
  stopping: AbortSignal
  /** Ends the process with exit code 1 after an orderly close: for faults that only a fresh process mends. */
  fail(error: unknown): void
}

/** What a stage that runs offers to its process. */
export interface RunningStage {
  /** null when ready, else what it waits for. */
  notReady(): string | null
  detail(): ProcessReport['detail']
  /** Idempotent; ends within 8 s or is cut off. */
  close(): Promise<void>
}

export interface StageSettings {
  log: { level: string }
  redis: { url: string; keyPrefix: string }
}

export async function runStage(
  stage: Stage,
  settings: StageSettings,
  start: (context: StageContext) => Promise<RunningStage>,
): Promise<void> {
  const log = createLog({ level: settings.log.level, name: stage })
  const ending = awaitEnd(log)
  const begun = begin(stage, settings, log, ending, start).catch((error: unknown) => {
    ending.fail(error)
    return null
  })
  const code = await ending.code
  const cutOff = setTimeout(() => {
    log.error('closing took too long; exiting')
    process.exit(code || 1)
  }, CLOSE_TIMEOUT_MS)
  await close(await begun).catch((error: unknown) => logFault(log, error))
  clearTimeout(cutOff)
  log.info(`${stage} stopped`)
  process.exit(code)
}

/** How the process will end: asked by a signal (exit code 0), or because of a fault (1). */
interface Ending {
  code: Promise<number>
  stopping: AbortSignal
  fail(error: unknown): void
}

/** What was begun, and must be closed. */
interface Begun {
  running: RunningStage
  heartbeat: Heartbeat
  connection: RedisConnection
}

function awaitEnd(log: Log): Ending {
  const stop = new AbortController()
  let end: (code: number) => void = () => undefined
  const code = new Promise<number>(resolve => {
    end = resolve
  })
  const stopWith = (exitCode: number): void => {
    stop.abort()
    end(exitCode)
  }
  const fail = (error: unknown): void => {
    if (!stop.signal.aborted) logFault(log, error) // what fails because we stop is no news
    stopWith(1)
  }
  process.once('SIGTERM', () => stopWith(0))
  process.once('SIGINT', () => stopWith(0))
  process.on('uncaughtException', fail)
  process.on('unhandledRejection', fail)
  return { code, stopping: stop.signal, fail }
}

async function begin(
  stage: Stage,
  settings: StageSettings,
  log: Log,
  { stopping, fail }: Ending,
  start: (context: StageContext) => Promise<RunningStage>,
): Promise<Begun> {
  if (!settings.redis.url) throw noRedis()
  const identity = { stage, instance: randomBytes(6).toString('hex') }
  const connection = connectRedis(settings.redis, log)
  const reports = new Reports(connection.redis, connection.keys)
  const running = await start({ log, connection, reports, instance: identity.instance, stopping, fail })
  const heartbeat = startHeartbeat(identity, running, connection, reports, log)
  log.info({ version, instance: identity.instance }, `${stage} runs`)
  return { running, heartbeat, connection }
}

async function close(begun: Begun | null): Promise<void> {
  if (!begun) return
  await begun.running.close()
  await begun.heartbeat.stop()
  await begun.connection.close()
}

function noRedis(): RingsideError {
  return new RingsideError(
    'invalid_config',
    'A stage that runs by itself needs a Redis, and redis.url is empty.',
    {
      key: 'redis.url',
      value: '',
      remedy: 'Set REDIS_URL, or run `ringside up`, which starts a private one.',
    },
  )
}
