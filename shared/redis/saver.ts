/**
 * Asks Redis to write its snapshot. One snapshot serves all who asked before it began: a thousand changes a minute are a few saves,
 * where a save for each would make the last wait for all the others.
 *
 *   save() ──► queued ──► begins when the one before has ended ──► BGSAVE, again while another is under way ──► it has ended
 *
 * One that has only begun is not enough: the process that writes it gives up where its Redis is killed.
 */
import type { Redis } from 'ioredis'
import { sleep } from '../clock.js'
import { messageOf } from '../errors.js'

const POLL_MS = 50
/** A small one takes some milliseconds. */
const END_POLL_MS = 5

export class Saver {
  #ended: Promise<void> = Promise.resolve()
  #queued: Promise<void> | null = null

  constructor(private readonly redis: Redis) {}

  /** Resolves when a snapshot lies on the disk that holds what was written so far. Rejects where Redis denies it, or fails. */
  save(): Promise<void> {
    this.#queued ??= this.#ended.then(() => {
      const save = this.#begin().then(() => this.#end())
      this.#ended = save.catch(() => undefined) // whoever asked is told; the next tries for itself
      this.#queued = null
      return save
    })
    return this.#queued
  }

  /** A save that is under way may have begun before the change, so another follows it. */
  async #begin(): Promise<void> {
    for (;;) {
      try {
        await this.redis.call('BGSAVE', 'SCHEDULE')
        return
      } catch (error) {
        if (!messageOf(error).includes('already in progress')) throw error
        await sleep(POLL_MS)
      }
    }
  }

  /** Somebody else's that follows at once is waited for too. */
  async #end(): Promise<void> {
    for (;;) {
      const info = await this.redis.info('persistence')
      if (/^rdb_bgsave_in_progress:0/m.test(info)) {
        if (/^rdb_last_bgsave_status:err/m.test(info)) throw new Error('Redis could not write its snapshot')
        return
      }
      await sleep(END_POLL_MS)
    }
  }
}
