/** Which streams somebody looks at: tells infer to send their pictures, and listens for them, for as long as anyone does. */

import type { Log } from '../../shared/log.js'
import type { RedisConnection } from '../../shared/redis/connection.js'

/** infer sends pictures of a stream until this long after the last word that it is watched. */
const WATCHED_FOR_MS = 3000
const REFRESH_MS = 1000

export class PictureWatch {
  readonly #connection: RedisConnection
  readonly #subscriber: ReturnType<RedisConnection['duplicate']>
  readonly #log: Log
  readonly #watchers = new Map<string, number>()
  readonly #streamOfChannel = new Map<string, string>()
  readonly #timer: NodeJS.Timeout

  /** @param onPicture is given each picture as the bytes that clients get. */
  constructor(connection: RedisConnection, log: Log, onPicture: (stream: string, picture: Buffer) => void) {
    this.#connection = connection
    this.#log = log
    this.#subscriber = connection.duplicate()
    this.#subscriber.on('messageBuffer', (channel: Buffer, picture: Buffer) => {
      const stream = this.#streamOfChannel.get(channel.toString())
      if (stream !== undefined) onPicture(stream, picture)
    })
    this.#timer = setInterval(() => this.#refresh([...this.#watchers.keys()]), REFRESH_MS)
  }

  watch(stream: string): void {
    const watchers = this.#watchers.get(stream) ?? 0
    this.#watchers.set(stream, watchers + 1)
    if (watchers > 0) return
    const channel = this.#connection.keys.picture(stream)
    this.#streamOfChannel.set(channel, stream)
    this.#run(() => this.#subscriber.subscribe(channel))
    this.#refresh([stream])
  }

  unwatch(stream: string): void {
    const watchers = (this.#watchers.get(stream) ?? 0) - 1
    if (watchers > 0) {
      this.#watchers.set(stream, watchers)
      return
    }
    const channel = this.#connection.keys.picture(stream)
    this.#watchers.delete(stream)
    this.#streamOfChannel.delete(channel)
    this.#run(() => this.#subscriber.unsubscribe(channel))
    if (this.#isUp()) this.#run(() => this.#connection.redis.zrem(this.#connection.keys.watched, stream))
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.#subscriber.disconnect()
  }

  #refresh(streams: string[]): void {
    if (streams.length === 0 || !this.#isUp()) return
    const until = Date.now() + WATCHED_FOR_MS
    const members = streams.flatMap(stream => [until, stream])
    this.#run(() => this.#connection.redis.zadd(this.#connection.keys.watched, ...members))
  }

  /** In an outage nothing is said: the next refresh says it, and no commands gather. */
  #isUp(): boolean {
    return this.#connection.redis.status === 'ready'
  }

  #run(command: () => Promise<unknown>): void {
    command().catch((error: unknown) => this.#log.warn({ err: error }, 'pictures cannot be asked for'))
  }
}
