/**
 * The life of a stage process, the same for ingest, infer and publish:
 *
 *   connect → start → ready, with a heartbeat each second → SIGTERM or SIGINT → close (bounded) → exit 0
 *
 * Whatever is thrown on the way is logged with its remedy, and the process exits 1: the supervisor starts it again.
 */
import { randomBytes } from 'node:crypto'
import os from 'node:os'
import { messageOf, RingsideError } from '../errors.js'
import { createLog, type Log } from '../log.js'
import { connectRedis, type RedisConnection } from '../redis/connection.js'
import { Reports } from '../redis/reports.js'
import type { ProcessReport, Stage } from './report.js'
import { version } from './version.js'

const HEARTBEAT_MS = 1000
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
  const stop = new AbortController()
  const ended = new Promise<number>(resolve => {
    const end = (code: number): void => {
      stop.abort()
      resolve(code)
    }
    process.once('SIGTERM', () => end(0))
    process.once('SIGINT', () => end(0))
    const fault = (error: unknown): void => {
      if (!stop.signal.aborted) report(log, error) // what fails because we stop is no news
      end(1)
    }
    process.on('uncaughtException', fault)
    process.on('unhandledRejection', fault)
    void run(fault)
  })
  let running: RunningStage | null = null
  let connection: RedisConnection | null = null
  let heartbeat: NodeJS.Timeout | undefined
  const identity = { stage, instance: randomBytes(6).toString('hex') }
  let reports: Reports | null = null
  let begun: Promise<void> = Promise.resolve()

  async function run(fail: (error: unknown) => void): Promise<void> {
    await Promise.resolve()
    begun = (async () => {
      if (!settings.redis.url) throw noRedis()
      connection = connectRedis(settings.redis, log)
      reports = new Reports(connection.redis, connection.keys)
      const started = await start({
        log,
        connection,
        reports,
        instance: identity.instance,
        stopping: stop.signal,
        fail,
      })
      running = started
      const startedAtMs = Date.now()
      const { redis } = connection
      const heart = reports
      let skipped = false
      const beat = (): void => {
        if (redis.status !== 'ready') return // a report that waits is out of date when it arrives
        heart.writeProcess(reportOf(identity, startedAtMs, started)).then(
          () => {
            skipped = false
          },
          error => {
            if (!skipped) log.warn({ reason: messageOf(error) }, 'Redis does not take the heartbeat')
            skipped = true
          },
        )
      }
      beat()
      heartbeat = setInterval(beat, HEARTBEAT_MS)
      log.info({ version, instance: identity.instance }, `${stage} runs`)
    })()
    await begun.catch(fail)
  }

  const code = await ended
  const cutOff = setTimeout(() => {
    log.error('closing took too long; exiting')
    process.exit(code || 1)
  }, CLOSE_TIMEOUT_MS)
  await begun.catch(() => undefined) // reported by run() already
  clearInterval(heartbeat)
  try {
    await (running as RunningStage | null)?.close()
    await withTimeout((reports as Reports | null)?.removeProcess(identity), 500)
    await (connection as RedisConnection | null)?.close()
  } catch (error) {
    report(log, error)
  }
  clearTimeout(cutOff)
  log.info(`${stage} stopped`)
  process.exit(code)
}

function reportOf(
  identity: { stage: Stage; instance: string },
  startedAtMs: number,
  stage: RunningStage,
): ProcessReport {
  const memory = process.memoryUsage()
  const cpu = process.cpuUsage()
  const notReady = stage.notReady()
  return {
    ...identity,
    pid: process.pid,
    host: os.hostname(),
    version,
    startedAtMs,
    atMs: Date.now(),
    ready: notReady === null,
    notReady,
    residentBytes: memory.rss,
    heapUsedBytes: memory.heapUsed,
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
    detail: stage.detail(),
  }
}

function report(log: Log, error: unknown): void {
  if (error instanceof RingsideError) {
    const { code, key, value, remedy } = error
    log.fatal({ code, key, value, remedy }, remedy ? `${error.message} ${remedy}` : error.message)
  } else log.fatal({ err: error }, messageOf(error))
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

async function withTimeout(work: Promise<unknown> | undefined, ms: number): Promise<void> {
  await Promise.race([work, new Promise(resolve => setTimeout(resolve, ms).unref())])
}
