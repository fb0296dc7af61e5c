/** The publish stage in this process, over a real Redis, with its log kept in memory: for tests of REST, WebSocket and metrics. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { WebSocket } from 'ws'
import { loadConfig } from '../../config/load.js'
import { startPublish } from '../../publish/main.js'
import type { ClientMessage } from '../../shared/api/views.js'
import { createLog } from '../../shared/log.js'
import type { RunningStage } from '../../shared/process/stage.js'
import type { RedisConnection } from '../../shared/redis/connection.js'
import { Reports } from '../../shared/redis/reports.js'
import { freePort } from './free-port.js'
import { startRedis, type TestRedis } from './redis-server.js'

export const TOKEN = 'a-token-for-the-tests-of-publish'

export interface Answer {
  status: number
  headers: Headers
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  json: any
}

export interface PublishStage {
  url: string
  port: number
  redis: TestRedis
  /** Plays ingest and infer: writes into Redis what they would. */
  peer: RedisConnection
  reports: Reports
  stage: RunningStage
  /** Everything that was logged. */
  log(): string
  /** A request with the token, unless `headers` bring their own credential. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  open(headers?: Record<string, string>, query?: string): Promise<LiveConnection>
  close(): Promise<void>
}

export interface LiveConnection {
  socket: WebSocket
  /** Everything received, in order: text as text, pictures as bytes. */
  received: (string | Buffer)[]
  closed: Promise<number>
  say(message: ClientMessage): Promise<void>
  /** The newest message that fits, waited for. */
  until(fits: (message: string) => boolean): Promise<string>
}

export async function startPublishStage(variables: Record<string, string> = {}): Promise<PublishStage> {
  const redis = await startRedis()
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'rs-publish-'))
  const port = await freePort()
  const lines: string[] = []
  const log = createLog({ level: 'debug', name: 'publish' }, { write: line => void lines.push(line) })
  const connection = redis.connect()
  const config = loadConfig({
    RINGSIDE_TOKEN: TOKEN,
    RINGSIDE_PORT: String(port),
    RINGSIDE_DATA_DIR: dataDir,
    REDIS_URL: redis.url,
    ...variables,
  })
  const stage = await startPublish(config, {
    log,
    connection,
    reports: new Reports(connection.redis, connection.keys),
    instance: 'test',
    stopping: new AbortController().signal,
    fail: error => lines.push(String(error)),
  })
  const peer = redis.connect()
  const url = `http://127.0.0.1:${port}`
  return {
    url,
    port,
    redis,
    peer,
    reports: new Reports(peer.redis, peer.keys),
    stage,
    log: () => lines.join(''),
    call: (method, route, body, headers) => call(url + route, method, body, headers),
    open: (headers = { authorization: `Bearer ${TOKEN}` }, query = '') =>
      openLive(`ws://127.0.0.1:${port}/ws${query}`, headers),
    async close(): Promise<void> {
      await stage.close()
      await redis.close()
      fs.rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

async function call(
  url: string,
  method: string,
  body: unknown,
  headers: Record<string, string> = { authorization: `Bearer ${TOKEN}` },
): Promise<Answer> {
  const isText = typeof body === 'string'
  const answer = await fetch(url, {
    method,
    redirect: 'manual',
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: isText ? body : JSON.stringify(body) }),
  })
  const text = await answer.text()
  const isJson = /json/.test(answer.headers.get('content-type') ?? '')
  return { status: answer.status, headers: answer.headers, text, json: isJson ? JSON.parse(text) : null }
}

async function openLive(url: string, headers: Record<string, string>): Promise<LiveConnection> {
  const socket = new WebSocket(url, { headers })
  const received: (string | Buffer)[] = []
  let arrived = (): void => undefined
  socket.on('message', (data: Buffer, isBinary: boolean) => {
    received.push(isBinary ? data : data.toString())
    arrived()
  })
  const closed = new Promise<number>(resolve => socket.once('close', resolve))
  await new Promise<void>((resolve, reject) => {
    socket.once('open', () => resolve())
    socket.once('unexpected-response', (_, answer) => {
      answer.resume()
      reject(Object.assign(new Error(`refused with ${answer.statusCode}`), { status: answer.statusCode }))
    })
    socket.once('error', reject)
  })
  socket.on('error', () => undefined) // what the server does to a client that breaks the rules is seen in `closed`
  const connection: LiveConnection = {
    socket,
    received,
    closed,
    async say(message): Promise<void> {
      const from = received.length
      socket.send(JSON.stringify(message))
      await connection.until(
        text => received.indexOf(text, from) >= 0 && /"(un)?subscribed"|"error"/.test(text),
      )
    },
    async until(fits): Promise<string> {
      const deadline = Date.now() + 5000
      for (;;) {
        const found = received.findLast(
          (message): message is string => typeof message === 'string' && fits(message),
        )
        if (found !== undefined) return found
        if (Date.now() > deadline)
          throw new Error(
            `not received; got ${received.length} messages, at last ${String(received.at(-1)).slice(0, 200)}`,
          )
        await new Promise<void>(resolve => {
          arrived = resolve
          setTimeout(resolve, 100)
        })
      }
    },
  }
  return connection
}
