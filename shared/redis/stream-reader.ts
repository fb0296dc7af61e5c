/** Reads Redis Streams from the newest entry on. What was written before the reader came is past, and is not replayed. */
import type { Redis } from 'ioredis'

export interface StreamEntry {
  key: string
  /** `<ms of Redis's clock>-<count>`: when it was written. */
  id: string
  /** Flat field–value list, as bytes: what is forwarded is never decoded. */
  fields: Buffer[]
}

export interface StreamReader {
  /** The next entries, oldest first; empty after about `blockMs` with none. */
  read(): Promise<StreamEntry[]>
  close(): void
}

const COUNT = 512

/**
 * @param redis a connection of its own: a blocking read holds it.
 * @param keys the streams to read together.
 */
export function createStreamReader(redis: Redis, keys: readonly string[], blockMs = 1000): StreamReader {
  const positions = new Map(keys.map(key => [key, '$']))
  let resolved = false
  return {
    async read(): Promise<StreamEntry[]> {
      if (!resolved) await resolvePositions()
      const reply = await redis.xreadBuffer(
        'COUNT',
        COUNT,
        'BLOCK',
        blockMs,
        'STREAMS',
        ...keys,
        ...positions.values(),
      )
      return (reply ?? []).flatMap(([name, entries]) => {
        const key = name.toString()
        const last = entries.at(-1)
        if (last) positions.set(key, last[0].toString())
        return entries.map(([id, fields]) => ({ key, id: id.toString(), fields }))
      })
    },
    close(): void {
      redis.disconnect()
    },
  }

  /** `$` means "newest at each call": between two calls entries would be missed, so it is made an id once. */
  async function resolvePositions(): Promise<void> {
    for (const key of keys) {
      const newest = await redis.xrevrange(key, '+', '-', 'COUNT', 1)
      positions.set(key, newest[0]?.[0] ?? '0-0')
    }
    resolved = true
  }
}
