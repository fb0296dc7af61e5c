/** The heartbeat of a stage: once a second it reports itself to Redis, and takes the report back when it ends. */
import os from 'node:os'
import { sleep } from '../clock.js'
import { messageOf } from '../errors.js'
import type { Log } from '../log.js'
import type { RedisConnection } from '../redis/connection.js'
import type { Reports } from '../redis/reports.js'
import { startLoopMeter } from './loop-meter.js'
import type { LoopReport, ProcessReport } from './report.js'
import type { RunningStage } from './stage.js'
import { version } from './version.js'

const PERIOD_MS = 1000
/** A Redis that is away must not hold up the end of a process. */
const FAREWELL_MS = 500

export interface Heartbeat {
  stop(): Promise<void>
}

type Identity = Pick<ProcessReport, 'stage' | 'instance'>

export function startHeartbeat(
  identity: Identity,
  running: RunningStage,
  { redis }: RedisConnection,
  reports: Reports,
  log: Log,
): Heartbeat {
  const startedAtMs = Date.now()
  const loop = startLoopMeter()
  let refused = false
  async function beat(): Promise<void> {
    const lastSecond = loop.take()
    if (redis.status !== 'ready') return // a report that waits is out of date when it arrives
    try {
      await reports.writeProcess(reportOf(identity, startedAtMs, running, lastSecond))
      refused = false
    } catch (error) {
      if (!refused) log.warn({ reason: messageOf(error) }, 'Redis does not take the heartbeat')
      refused = true
    }
  }
  void beat()
  const timer = setInterval(beat, PERIOD_MS)
  return {
    async stop(): Promise<void> {
      clearInterval(timer)
      loop.close()
      await Promise.race([reports.removeProcess(identity), sleep(FAREWELL_MS)])
    },
  }
}

function reportOf(
  identity: Identity,
  startedAtMs: number,
  running: RunningStage,
  loop: LoopReport,
): ProcessReport {
  const memory = process.memoryUsage()
  const cpu = process.cpuUsage()
  const notReady = running.notReady()
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
    loop,
    detail: running.detail(),
  }
}
