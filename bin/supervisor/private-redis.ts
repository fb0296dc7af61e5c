/** The private redis-server of one `up`: started on a Unix socket before the stages, stopped after them. */
import type { ChildProcess } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { sleep } from '../../shared/clock.js'
import { RingsideError } from '../../shared/errors.js'
import { endProcess, signalGroup, spawnBound } from './bound-process.js'
import { findProgram } from './find-program.js'
import type { Output } from './output.js'
import { redisConfig } from './redis-config.js'
import { parseRedisLine } from './redis-log.js'
import { redisPid } from './redis-ping.js'
import { type RedisSocket, redisSocket } from './redis-socket.js'

const START_TIMEOUT_MS = 10_000
const POLL_MS = 20
/** What it said last, for the message of a start that failed. */
const LAST_WORDS = 5

export interface PrivateRedis {
  url: string
  /** Resolves when it ends without having been asked to. */
  ended: Promise<RingsideError>
  /** @returns false where it had to be killed. */
  stop(graceMs: number): Promise<boolean>
  kill(): void
}

export async function startPrivateRedis(
  settings: { dataDir: string; serverPath: string },
  output: Output,
): Promise<PrivateRedis> {
  const program = findProgram(settings.serverPath)
  if (!program) throw redisMissing(settings.serverPath)
  const dir = path.join(settings.dataDir, 'redis')
  fs.mkdirSync(dir, { recursive: true, mode: 0o700 })
  const socket = redisSocket(settings.dataDir)
  await refuseOrphan(socket.path)
  socket.remove()
  fs.mkdirSync(path.dirname(socket.path), { recursive: true, mode: 0o700 })
  const child = spawnBound(program, ['-'], { stdio: ['pipe', 'pipe', 'pipe'], cwd: dir })
  return watch(child, socket, dir, output)
}

async function watch(
  child: ChildProcess,
  socket: RedisSocket,
  dir: string,
  output: Output,
): Promise<PrivateRedis> {
  const words: string[] = []
  let stopping = false
  let serving = false
  const listen = (text: string): void => {
    const line = parseRedisLine(text, serving && !stopping)
    output.line(line)
    words.push(line.msg)
    if (words.length > LAST_WORDS) words.shift()
  }
  for (const stream of [child.stdout, child.stderr])
    if (stream) createInterface({ input: stream }).on('line', listen)
  const ended = new Promise<RingsideError>(resolve => {
    child.once('error', error => resolve(failed(error.message)))
    child.once('close', () => !stopping && resolve(failed(words.join(' / '))))
  })
  child.stdin?.on('error', () => undefined) // it died before it read: `ended` tells
  child.stdin?.end(redisConfig({ socket: socket.path, dir }))
  const fault = await Promise.race([ended, answers(socket.path)])
  if (fault) {
    signalGroup(child, 'SIGKILL')
    socket.remove()
    throw fault
  }
  serving = true
  return {
    url: `unix://${encodeURI(socket.path)}`,
    ended,
    async stop(graceMs): Promise<boolean> {
      stopping = true
      const orderly = await endProcess(child, graceMs)
      socket.remove()
      return orderly
    },
    kill(): void {
      stopping = true
      signalGroup(child, 'SIGKILL')
      socket.remove()
    },
  }
}

async function answers(socket: string): Promise<RingsideError | null> {
  for (let waitedMs = 0; waitedMs < START_TIMEOUT_MS; waitedMs += POLL_MS) {
    if ((await redisPid(socket)) !== null) return null
    await sleep(POLL_MS)
  }
  return failed(`it does not answer within ${START_TIMEOUT_MS} ms`)
}

/** Without setpriv a Redis can outlive a killed `up`; two on one folder would overwrite one another's snapshots. */
async function refuseOrphan(socket: string): Promise<void> {
  const pid = await redisPid(socket)
  if (pid === null) return
  throw new RingsideError(
    'already_running',
    `A private Redis of an earlier run still answers at ${socket}.`,
    {
      key: 'dataDir',
      remedy: `End it first: kill ${pid}`,
    },
  )
}

export function redisMissing(serverPath: string): RingsideError {
  return new RingsideError('redis_missing', `There is no ${serverPath} on this machine.`, {
    key: 'redis.serverPath',
    value: serverPath,
    remedy:
      'Install it: sudo apt-get install redis-server   (or set REDIS_URL to a Redis that runs already).',
  })
}

function failed(why: string): RingsideError {
  return new RingsideError('redis_unavailable', `The private Redis ended: ${why || 'it said nothing'}`, {
    remedy:
      'Is there room on the disk of the data folder, and may this user write there? `ringside doctor` looks.',
  })
}
