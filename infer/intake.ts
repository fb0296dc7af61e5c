/** Takes frame refs from Redis to the batcher. Refs from before this process are past; refs of another slab or of overwritten slots are stale. */

import { sleep } from '../shared/clock.js'
import { messageOf } from '../shared/errors.js'
import { decodeFrameRef, type FrameRef } from '../shared/frame/frame-ref.js'
import type { Log } from '../shared/log.js'
import type { StreamReader } from '../shared/redis/stream-reader.js'

const RETRY_MS = 200

export interface Intake {
  /** Reads until closed; `onRefs` gets the refs of each read together. */
  run(onRefs: (refs: FrameRef[]) => void): Promise<void>
  close(): void
}

export function createIntake(reader: StreamReader, log: Log): Intake {
  const closed = new AbortController()
  return {
    async run(onRefs): Promise<void> {
      while (!closed.signal.aborted) {
        try {
          const entries = await reader.read()
          const refs = entries
            .map(({ fields }) => decodeFrameRef(fields.map(field => field.toString())))
            .filter((ref): ref is FrameRef => ref !== null)
          if (refs.length > 0) onRefs(refs)
        } catch (error) {
          if (closed.signal.aborted) return
          log.warn({ reason: messageOf(error) }, 'frame refs cannot be read; trying again')
          await sleep(RETRY_MS, closed.signal)
        }
      }
    },
    close(): void {
      closed.abort()
      reader.close()
    },
  }
}
