/**
 * The WebSocket at `/ws`. Clients hold a subscription each; every message from Redis is offered to every client.
 *
 *   Redis Streams ──► feed ──┐
 *                            ├──► live ──► client (subscription, outbox) ──► socket
 *   Redis channels ► pictures┘
 */
import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Log } from '../../shared/log.js'
import type { RedisConnection } from '../../shared/redis/connection.js'
import type { Access } from '../access/access.js'
import { refuse } from '../api/http-server.js'
import { notFound } from '../api/method-guard.js'
import { asRingsideError, problemOf } from '../api/problem.js'
import { LiveClient } from './client.js'
import { createFeed, type Feed } from './feed.js'
import type { LiveMessage } from './live-message.js'
import type { LiveCounters } from './outbox.js'
import { PictureWatch } from './picture-watch.js'

const MAX_INBOUND_BYTES = 4096
const MAX_FRAGMENTS = 16
const GOING_AWAY = 1001
const CLOSE_MS = 1200

export interface LiveSettings {
  clientQueueBytes: number
  pingIntervalMs: number
}

export class Live {
  readonly counters: LiveCounters = {
    messagesSent: 0,
    messagesLost: 0,
    picturesSent: 0,
    picturesLost: 0,
    malformed: 0,
  }
  readonly #clients = new Set<LiveClient>()
  readonly #sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MAX_INBOUND_BYTES,
    maxFragments: MAX_FRAGMENTS,
  })
  readonly #settings: LiveSettings
  readonly #access: Access
  readonly #log: Log
  readonly #feed: Feed
  readonly #pictures: PictureWatch
  readonly #pingTimer: NodeJS.Timeout
  #closing = false

  constructor(connection: RedisConnection, access: Access, settings: LiveSettings, log: Log) {
    this.#settings = settings
    this.#access = access
    this.#log = log
    this.#feed = createFeed(connection, log, message => this.#offer(message))
    this.#pictures = new PictureWatch(connection, log, (stream, picture) => {
      for (const client of this.#clients) client.offerPicture(stream, picture)
    })
    this.#pingTimer = setInterval(() => {
      for (const client of this.#clients) client.ping()
    }, settings.pingIntervalMs)
  }

  get clientCount(): number {
    return this.#clients.size
  }

  lagMs(): number {
    return this.#feed.lagMs()
  }

  attach(server: Server): void {
    server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket as Socket, head))
  }

  /** Says goodbye to every client, and waits for them for a moment. Idempotent. */
  async close(): Promise<void> {
    if (this.#closing) return
    this.#closing = true
    clearInterval(this.#pingTimer)
    for (const client of this.#clients) client.close(GOING_AWAY, 'Ringside is stopping')
    const deadline = Date.now() + CLOSE_MS
    while (this.#clients.size > 0 && Date.now() < deadline)
      await new Promise(resolve => setTimeout(resolve, 20))
    await Promise.all([this.#feed.close(), this.#pictures.close()])
  }

  /** Token and origin are judged before there is a WebSocket: a refusal is a plain HTTP answer. */
  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    try {
      if (this.#closing || request.url?.split('?')[0] !== '/ws') throw notFound()
      this.#access.check(request, 'live')
    } catch (thrown) {
      const error = asRingsideError(thrown)
      refuse(socket, problemOf(error), this.#access.refusalHeaders(request, error))
      return
    }
    this.#sockets.handleUpgrade(request, socket, head, webSocket => this.#welcome(webSocket))
  }

  #welcome(socket: WebSocket): void {
    const client = new LiveClient(socket, this.#pictures, this.#settings.clientQueueBytes, this.counters)
    this.#clients.add(client)
    socket.on('error', error => {
      this.#log.debug({ err: error }, 'a WebSocket client broke the protocol')
      client.cutOffSoon()
    })
    socket.on('close', () => {
      this.#clients.delete(client)
      client.leave()
    })
  }

  #offer(message: LiveMessage): void {
    for (const client of this.#clients) client.offer(message)
    if (!message.isMalformed) return
    if (this.counters.malformed++ === 0) {
      this.#log.warn({ stream: message.stream }, 'a detections message cannot be filtered: it is not one')
    }
  }
}
