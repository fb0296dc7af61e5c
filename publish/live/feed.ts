/** Reads detections and events from Redis as they come, and hands them on as messages. */
import { sleep } from '../../shared/clock.js'
import type { Log } from '../../shared/log.js'
import type { RedisConnection } from '../../shared/redis/connection.js'
import { createStreamReader, type StreamEntry } from '../../shared/redis/stream-reader.js'
import { LiveMessage } from './live-message.js'

const RETRY_MS = 500

export interface Feed {
  /** How old the newest entry was when it came here; 0 before the first. Both clocks are of this host or of Redis's. */
  lagMs(): number
  close(): Promise<void>
}

/** @param onMessage must not throw. */
export function createFeed(
  connection: RedisConnection,
  log: Log,
  onMessage: (message: LiveMessage) => void,
): Feed {
  const { keys } = connection
  const reader = createStreamReader(connection.duplicate(), [keys.detections, keys.events])
  const stop = new AbortController()
  let lagMs = 0
  let toldFailure = false
  void pump()
  return {
    lagMs: () => lagMs,
    async close(): Promise<void> {
      stop.abort()
      reader.close()
    },
  }

  async function pump(): Promise<void> {
    while (!stop.signal.aborted) {
      try {
        for (const entry of await reader.read()) hand(entry)
        toldFailure = false
      } catch (error) {
        if (stop.signal.aborted) return
        if (!toldFailure) log.warn({ err: error }, 'detections cannot be read; trying again')
        toldFailure = true
        await sleep(RETRY_MS, stop.signal)
      }
    }
  }

  function hand(entry: StreamEntry): void {
    lagMs = Math.max(0, Date.now() - Number.parseInt(entry.id, 10))
    const message = entry.key === keys.detections ? detectionsOf(entry) : eventOf(entry, log)
    if (message) onMessage(message)
  }
}

function field(entry: StreamEntry, name: string): Buffer | undefined {
  for (let i = 0; i + 1 < entry.fields.length; i += 2) {
    if (entry.fields[i]?.toString() === name) return entry.fields[i + 1]
  }
  return undefined
}

function detectionsOf(entry: StreamEntry): LiveMessage | null {
  const stream = field(entry, 's')
  const message = field(entry, 'm')
  return stream && message ? new LiveMessage(stream.toString(), message, true) : null
}

/** Events are rare, so that parsing them for the name of their stream costs nothing that counts. Alerts name none. */
function eventOf(entry: StreamEntry, log: Log): LiveMessage | null {
  const bytes = field(entry, 'e')
  if (!bytes) return null
  try {
    const { stream = null } = JSON.parse(bytes.toString('utf8')) as { stream?: string }
    return new LiveMessage(stream, bytes, false)
  } catch (error) {
    log.warn({ err: error }, 'an event on Redis is not JSON')
    return null
  }
}
