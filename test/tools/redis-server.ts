/** A real redis-server on a Unix socket of its own, for one test file. */
import { type ChildProcess, spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { pino } from 'pino'
import { connectRedis, type RedisConnection } from '../../shared/redis/connection.js'

export interface TestRedis {
  url: string
  /** A connection with a key prefix of its own, closed with the server. */
  connect(keyPrefix?: string): RedisConnection
  /** SIGKILL; the data is gone unless it was saved. */
  kill(): Promise<void>
  start(): Promise<void>
  process: () => ChildProcess
  close(): Promise<void>
}

export async function startRedis(...args: string[]): Promise<TestRedis> {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'rs-redis-'))
  const socket = path.join(dir, 'redis.sock')
  const connections: RedisConnection[] = []
  let server: ChildProcess
  const url = `unix://${socket}`

  async function start(): Promise<void> {
    const flags = [
      '--port',
      '0',
      '--unixsocket',
      socket,
      '--dir',
      dir,
      '--save',
      '',
      '--maxmemory-policy',
      'noeviction',
    ]
    server = spawn('redis-server', [...flags, ...args], { stdio: 'ignore' })
    for (let waited = 0; !fs.existsSync(socket); waited += 20) {
      if (server.exitCode !== null || waited > 10_000)
        throw new Error('redis-server did not start: is it installed?')
      await new Promise(resolve => setTimeout(resolve, 20))
    }
  }
  async function kill(): Promise<void> {
    const gone = new Promise(resolve => server.once('exit', resolve))
    server.kill('SIGKILL')
    await gone
    fs.rmSync(socket, { force: true })
  }

  await start()
  return {
    url,
    connect(keyPrefix = 'ringside'): RedisConnection {
      const connection = connectRedis({ url, keyPrefix }, pino({ level: 'silent' }))
      connections.push(connection)
      return connection
    },
    kill,
    start,
    process: () => server,
    async close(): Promise<void> {
      for (const connection of connections) await connection.close()
      if (server.exitCode === null && server.signalCode === null) await kill()
      fs.rmSync(dir, { recursive: true, force: true })
    },
  }
}
