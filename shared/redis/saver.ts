/**
 * Asks Redis to write its snapshot. One snapshot serves all who asked before it began: a thousand changes a minute are a few saves,
 * where a save for each would make the last wait for all the others.
 *
 *   save() ──► queued ──► begins when the one before has begun ──► BGSAVE, again while another is under way
 */
import type { Redis } from 'ioredis'
import { sleep } from '../clock.js'
import { messageOf } from '../errors.js'

const POLL_MS = 50

export class Saver {
  #begun: Promise<void> = Promise.resolve()
  #queued: Promise<void> | null = null

  constructor(private readonly redis: Redis) {}

  /** Resolves when Redis has begun a snapshot that holds what was written so far. Rejects where Redis denies it. */
  save(): Promise<void> {
    this.#queued ??= this.#begun.then(() => {
      const save = this.#begin()
      this.#begun = save.catch(() => undefined) // whoever asked is told; the next tries for itself
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
}
