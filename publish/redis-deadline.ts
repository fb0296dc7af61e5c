/** Bounds how long a request waits for Redis: its client retries through an outage by itself, but a person is waiting. */
import { messageOf, RingsideError } from '../shared/errors.js'
import type { RedisConnection } from '../shared/redis/connection.js'

const DEADLINE_MS = 2000

/**
 * Runs `work` against Redis. While Redis is known to be away the work is not begun at all, so that an outage
 * gathers no commands; work that is cut off may still take effect later.
 * @throws RingsideError `redis_unavailable`, and whatever `work` throws.
 */
export async function withinDeadline<T>(
  { redis }: Pick<RedisConnection, 'redis'>,
  work: () => Promise<T>,
  deadlineMs = DEADLINE_MS,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(unavailable(`It gave no answer within ${deadlineMs} ms.`)), deadlineMs)
  })
  try {
    return await Promise.race([readyThen(redis, work), late])
  } catch (error) {
    throw isReplyError(error) ? unavailable(messageOf(error), error) : error
  } finally {
    clearTimeout(timer)
  }
}

/** A connection that is being made decides within a moment which it is: there or away. */
async function readyThen<T>(redis: RedisConnection['redis'], work: () => Promise<T>): Promise<T> {
  if (redis.status === 'connecting' || redis.status === 'connect') {
    await new Promise<void>(resolve => {
      const decided = (): void => {
        for (const event of ['ready', 'close', 'end']) redis.off(event, decided)
        resolve()
      }
      for (const event of ['ready', 'close', 'end']) redis.on(event, decided)
    })
  }
  if (redis.status !== 'ready') throw unavailable(`The connection is ${redis.status}.`)
  return work()
}

/** Redis answers, but refuses: full, still loading, or not permitted. */
function isReplyError(error: unknown): boolean {
  return error instanceof Error && error.name === 'ReplyError'
}

function unavailable(why: string, cause?: unknown): RingsideError {
  return new RingsideError('redis_unavailable', `Redis cannot serve this request. ${why}`, {
    key: 'redis.url',
    remedy:
      'Look at the log of publish and at Redis itself; a change may have been made, so read before you repeat it.',
    cause,
  })
}
