/** The desired state of every stream. REST writes it; the stages read it and make it so. */
import type { Redis } from 'ioredis'
import { sleep } from '../clock.js'
import { messageOf, RingsideError } from '../errors.js'
import type { DesiredStream } from '../stream/stream.js'
import type { Keys } from './keys.js'
import { loadScript } from './lua.js'

const SAVE_POLL_MS = 50

const createStream = loadScript('create-stream-1')
const updateStream = loadScript('update-stream-1')

/** Capacity of the slab, from the settings. */
export interface SlabCapacity {
  maxStreams: number
  ringSlots: number
}

export class StreamRegistry {
  readonly #redis: Redis
  readonly #keys: Keys

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis
    this.#keys = keys
  }

  async list(): Promise<DesiredStream[]> {
    const records = await this.#redis.hvals(this.#keys.streams)
    return records.map(json => JSON.parse(json) as DesiredStream).sort((a, b) => a.id.localeCompare(b.id))
  }

  async find(id: string): Promise<DesiredStream | null> {
    const json = await this.#redis.hget(this.#keys.streams, id)
    return json ? (JSON.parse(json) as DesiredStream) : null
  }

  /** @throws RingsideError `stream_exists` or `slab_full`, with what is free. */
  async create(record: Omit<DesiredStream, 'ring'>, capacity: SlabCapacity): Promise<DesiredStream> {
    const slots = capacity.maxStreams * capacity.ringSlots
    const reply = (await createStream(
      this.#redis,
      this.#keys.streams,
      record.id,
      JSON.stringify(record),
      slots,
      capacity.maxStreams,
      capacity.ringSlots,
    )) as [string, ...(string | number)[]]
    if (reply[0] === 'exists') {
      throw new RingsideError('stream_exists', `A stream with the id ${record.id} is registered already.`, {
        key: 'id',
        value: record.id,
        remedy: 'Choose another id, change the stream with PATCH, or remove it first.',
      })
    }
    if (reply[0] === 'full') {
      throw new RingsideError(
        'slab_full',
        `A stream takes a ring of ${capacity.ringSlots} slots and 1 of ${capacity.maxStreams} rows; ${reply[1]} slots and ${reply[2]} rows are free.`,
        {
          key: 'slab.maxStreams',
          value: String(capacity.maxStreams),
          remedy: 'Remove a stream, or raise slab.maxStreams and restart.',
        },
      )
    }
    return JSON.parse(String(reply[1])) as DesiredStream
  }

  /** Applies `change` to the record as it is now; concurrent changes are taken one after the other. */
  async update(id: string, change: (record: DesiredStream) => DesiredStream): Promise<DesiredStream> {
    for (;;) {
      const record = await this.find(id)
      if (!record) throw unknownStream(id)
      const next = { ...change(record), revision: record.revision + 1, updatedAtMs: Date.now() }
      const reply = await updateStream(
        this.#redis,
        this.#keys.streams,
        id,
        record.revision,
        JSON.stringify(next),
      )
      if (reply === 'updated') return next
      if (reply === 'missing') throw unknownStream(id)
    }
  }

  async remove(id: string): Promise<void> {
    const removed = await this.#redis.hdel(this.#keys.streams, id)
    await this.#redis.del(this.#keys.actual(id))
    if (removed === 0) throw unknownStream(id)
  }

  /**
   * Asks Redis to write its snapshot now: what an operator declared must outlive a crash. A save that is under way may
   * have begun before the change, so another follows it. Redis may be one that denies it.
   */
  async persist(): Promise<void> {
    for (;;) {
      try {
        await this.#redis.call('BGSAVE', 'SCHEDULE')
        return
      } catch (error) {
        if (!messageOf(error).includes('already in progress')) throw error
        await sleep(SAVE_POLL_MS)
      }
    }
  }
}

export function unknownStream(id: string): RingsideError {
  return new RingsideError('unknown_stream', `No stream has the id ${id}.`, {
    key: 'id',
    value: id,
    remedy: 'GET /api/v1/streams, or `ringside stream ls`, lists the streams.',
  })
}
