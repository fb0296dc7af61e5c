/** Connections to Redis: one set of options for all of them, errors logged once an outage instead of once a retry. */
import { Redis, type RedisOptions } from 'ioredis'
import { RingsideError } from '../errors.js'
import type { Log } from '../log.js'
import { type Keys, keysOf } from './keys.js'
import { defineScripts } from './lua.js'

export interface RedisSettings {
  url: string
  keyPrefix: string
}

export interface RedisConnection {
  redis: Redis
  keys: Keys
  /** A second connection of the same settings, for blocking reads, subscriptions and BullMQ. */
  duplicate(): Redis
  close(): Promise<void>
}

/** Options for ioredis from `redis://…`, `rediss://…`, `unix:///path` or `/path`. */
export function connectionOptions(url: string): RedisOptions {
  const common: RedisOptions = {
    maxRetriesPerRequest: null, // an outage delays commands, it does not fail them (BullMQ requires it)
    retryStrategy: attempt => Math.min(50 * 2 ** Math.min(attempt, 5), 1000),
    enableAutoPipelining: true,
  }
  const socket = url.startsWith('unix://') ? url.slice('unix://'.length) : url.startsWith('/') ? url : null
  if (socket) return { ...common, path: decodeURIComponent(socket) }
  let parsed: URL
  try {
    parsed = new URL(url)
  } catch (cause) {
    throw invalidUrl(cause)
  }
  if (parsed.protocol !== 'redis:' && parsed.protocol !== 'rediss:') throw invalidUrl()
  return {
    ...common,
    host: parsed.hostname || '127.0.0.1',
    port: Number(parsed.port || 6379),
    ...(parsed.username && { username: decodeURIComponent(parsed.username) }),
    ...(parsed.password && { password: decodeURIComponent(parsed.password) }),
    ...(parsed.pathname.length > 1 && { db: Number(parsed.pathname.slice(1)) }),
    ...(parsed.protocol === 'rediss:' && { tls: {} }),
  }
}

export function connectRedis(settings: RedisSettings, log: Log): RedisConnection {
  const options = connectionOptions(settings.url)
  const open = new Set<Redis>()
  const connect = (): Redis => {
    const redis = new Redis(options)
    defineScripts(redis)
    let down = false
    redis.on('error', error => {
      if (!down) log.warn({ err: error }, 'Redis does not answer; commands wait until it does')
      down = true
    })
    redis.on('ready', () => {
      if (down) log.info('Redis answers again')
      down = false
    })
    redis.on('end', () => open.delete(redis)) // one that its user closed is no longer ours
    open.add(redis)
    return redis
  }
  return {
    redis: connect(),
    keys: keysOf(settings.keyPrefix),
    duplicate: connect,
    async close(): Promise<void> {
      for (const redis of open) redis.disconnect()
    },
  }
}

function invalidUrl(cause?: unknown): RingsideError {
  return new RingsideError('invalid_config', 'redis.url is not an address of a Redis server.', {
    key: 'redis.url',
    value: '(hidden: it may hold a password)',
    remedy: 'Use redis://host:port, rediss://host:port or unix:///path/to/socket.',
    cause,
  })
}
