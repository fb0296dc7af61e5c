/** Where the private Redis has its socket: in the data folder, or in a short folder of our own where that path is too long for the kernel. */
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { RingsideError } from '../../shared/errors.js'
import { runDir } from './run-file.js'

/** sockaddr_un.sun_path holds 108 bytes, the last of them 0. */
const MAX_SOCKET_PATH_BYTES = 107

export interface RedisSocket {
  path: string
  /** Removes the socket, and the short folder where there is one. */
  remove(): void
}

/** @throws RingsideError where the short folder is in somebody else's hands. */
export function redisSocket(dataDir: string): RedisSocket {
  const usual = path.join(runDir(dataDir), 'redis.sock')
  if (Buffer.byteLength(usual) <= MAX_SOCKET_PATH_BYTES)
    return { path: usual, remove: () => fs.rmSync(usual, { force: true }) }
  const dir = shortDir(dataDir)
  return {
    path: path.join(dir, 'redis.sock'),
    remove: () => fs.rmSync(dir, { recursive: true, force: true }),
  }
}

/** The same name at every start, so that what a killed `up` left is found; hence the check of who owns it. */
function shortDir(dataDir: string): string {
  const hash = createHash('sha256').update(dataDir).digest('hex').slice(0, 12)
  const dir = path.join(os.tmpdir(), `ringside-${hash}`)
  fs.mkdirSync(dir, { recursive: true, mode: 0o700 })
  const { uid, mode } = fs.lstatSync(dir)
  if (fs.lstatSync(dir).isDirectory() && uid === process.getuid?.() && (mode & 0o077) === 0) return dir
  throw new RingsideError(
    'invalid_config',
    `${dir} is not a folder of this user alone, so no Redis is started in it.`,
    {
      key: 'dataDir',
      value: dataDir,
      remedy: 'Use a data folder with a shorter path, or remove that folder.',
    },
  )
}
