/** The programs that Ringside starts. */
import { execFileSync } from 'node:child_process'
import { findFfmpeg } from '../../ingest/decoder/ffmpeg-path.js'
import { createLog } from '../../shared/log.js'
import { findProgram } from '../supervisor/find-program.js'
import { type Finding, fail, ok, warn } from './check.js'

const OLDEST_NODE = [20, 19] as const

export function checkNode(version: string = process.versions.node): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [needMajor, needMinor] = OLDEST_NODE
  const recent = major > needMajor || (major === needMajor && minor >= needMinor)
  return recent
    ? ok('Node', version)
    : fail('Node', version, `Install Node ${needMajor}.${needMinor} or later: https://nodejs.org/en/download`)
}

/** @throws RingsideError `ffmpeg_missing` */
export function checkFfmpeg(configured: string, dataDir: string): Finding {
  const ffmpeg = findFfmpeg(configured, dataDir, createLog({ level: 'silent', name: 'doctor' }))
  const found = `${ffmpeg.version} at ${ffmpeg.path}`
  if (ffmpeg.modern) return ok('FFmpeg', found)
  return warn(
    'FFmpeg',
    `${found}: older than 5.1, it lacks years of security fixes, and cameras are untrusted input`,
    'Install a current one: sudo apt-get install ffmpeg',
  )
}

/** @param url of a Redis that is configured: then none is started, and no program is needed. */
export function checkRedis(serverPath: string, url: string): Finding {
  if (url) return ok('redis-server', 'not needed: redis.url is set')
  const program = findProgram(serverPath)
  if (!program)
    return fail(
      'redis-server',
      `no ${serverPath} on PATH`,
      'Install it: sudo apt-get install redis-server (or set REDIS_URL)',
    )
  const version = /v=(\S+)/.exec(
    execFileSync(program, ['--version'], { encoding: 'utf8', timeout: 5000 }),
  )?.[1]
  if (version && Number(version.split('.')[0]) >= 6) return ok('redis-server', `${version} at ${program}`)
  return fail(
    'redis-server',
    `${version ?? 'of no known version'} at ${program}`,
    'Install Redis 6.2 or later.',
  )
}

export function checkSetpriv(): Finding {
  const program = findProgram('setpriv')
  if (program) return ok('setpriv', program)
  return warn(
    'setpriv',
    'not on PATH: kill -9 of `ringside up` would leave its processes running',
    'Install it: sudo apt-get install util-linux',
  )
}
