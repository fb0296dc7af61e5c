/** What ingest says through Redis: frame refs, reports, events. A Redis that is away or slow makes nothing wait and nothing grow. */
import type { FrameRef } from '../shared/frame/frame-ref.js'
import type { Log } from '../shared/log.js'
import type { RedisConnection } from '../shared/redis/connection.js'
import { addEvent, addFrameRef } from '../shared/redis/publish-streams.js'
import type { Reports } from '../shared/redis/reports.js'
import type { IngestReport, StreamStateEvent } from '../shared/stream/stream.js'

/** Commands without an answer yet. Beyond this Redis is stuck: what is not sent then is counted. */
const MAX_PENDING = 1024

export class Outbox {
  readonly #connection: RedisConnection
  readonly #reports: Reports
  readonly #log: Log
  #pending = 0
  #unsent = 0

  constructor(connection: RedisConnection, reports: Reports, log: Log) {
    this.#connection = connection
    this.#reports = reports
    this.#log = log
  }

  /** A ref that is not sent leaves its frame in the ring, where a newer one overwrites it: a counted drop. */
  ref(slabId: string, ref: FrameRef): void {
    this.#send(() => addFrameRef(this.#connection.redis, this.#connection.keys, slabId, ref))
  }

  report(stream: string, report: IngestReport): void {
    this.#send(() => this.#reports.writeIngest(stream, report))
  }

  event(event: StreamStateEvent): void {
    this.#send(() => addEvent(this.#connection.redis, this.#connection.keys, event))
  }

  #send(command: () => Promise<unknown>): void {
    if (this.#connection.redis.status !== 'ready' || this.#pending >= MAX_PENDING) {
      this.#failed(null)
      return
    }
    this.#pending++
    command()
      .then(
        () => this.#worked(),
        error => this.#failed(error),
      )
      .finally(() => this.#pending--)
  }

  #failed(error: unknown): void {
    if (this.#unsent++ === 0)
      this.#log.warn({ err: error }, 'Redis takes no messages: frames are dropped until it does')
  }

  #worked(): void {
    if (this.#unsent === 0) return
    this.#log.info({ unsent: this.#unsent }, 'Redis takes messages again')
    this.#unsent = 0
  }
}
