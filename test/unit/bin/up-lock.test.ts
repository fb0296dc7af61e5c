/** One `up` a data folder: the lock against the living, the dead, and those who reuse a number. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startTicks } from '../../../bin/supervisor/process-identity.js'
import { redisSocket } from '../../../bin/supervisor/redis-socket.js'
import { runDir } from '../../../bin/supervisor/run-file.js'
import { takeUpLock } from '../../../bin/supervisor/up-lock.js'

let dataDir: string
beforeEach(() => {
  dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'rs-lock-'))
  fs.mkdirSync(runDir(dataDir))
})
afterEach(() => fs.rmSync(dataDir, { recursive: true }))

const lockFile = (): string => path.join(runDir(dataDir), 'up.lock')

describe('takeUpLock', () => {
  it('refuses a second one with the process that holds it, and is free after release', () => {
    const release = takeUpLock(dataDir)
    expect(() => takeUpLock(dataDir)).toThrow(
      expect.objectContaining({
        code: 'already_running',
        message: expect.stringContaining(String(process.pid)),
      }),
    )
    release()
    takeUpLock(dataDir)()
    expect(fs.readdirSync(runDir(dataDir))).toEqual([])
  })

  it('takes over from a process that is gone', async () => {
    const child = spawn('true')
    await once(child, 'exit')
    fs.writeFileSync(lockFile(), JSON.stringify({ pid: child.pid, startTicks: 1 }))
    takeUpLock(dataDir)()
  })

  it('takes over where the number now belongs to another process', () => {
    fs.writeFileSync(
      lockFile(),
      JSON.stringify({ pid: process.pid, startTicks: Number(startTicks(process.pid)) - 1 }),
    )
    takeUpLock(dataDir)()
  })

  it('takes over a lock that a full disk cut short', () => {
    fs.writeFileSync(lockFile(), '')
    takeUpLock(dataDir)()
  })
})

describe('redisSocket', () => {
  it('lies in the data folder where the kernel can take its path', () => {
    expect(redisSocket(dataDir).path).toBe(path.join(runDir(dataDir), 'redis.sock'))
  })

  it('is in a short folder of its own, closed to others, where it cannot', () => {
    const deep = path.join(dataDir, 'x'.repeat(100))
    const socket = redisSocket(deep)
    expect(Buffer.byteLength(socket.path)).toBeLessThanOrEqual(107)
    expect(fs.statSync(path.dirname(socket.path)).mode & 0o777).toBe(0o700)
    expect(redisSocket(deep).path).toBe(socket.path)
    socket.remove()
    expect(fs.existsSync(path.dirname(socket.path))).toBe(false)
  })

  it('is refused where somebody opened that folder to others', () => {
    const deep = path.join(dataDir, 'y'.repeat(100))
    const socket = redisSocket(deep)
    fs.chmodSync(path.dirname(socket.path), 0o755)
    expect(() => redisSocket(deep)).toThrow(expect.objectContaining({ code: 'invalid_config' }))
    socket.remove()
  })
})
