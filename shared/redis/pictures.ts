/** Who watches which stream, and the way of pictures to them: compressed, unstored, and only while watched (docs/decisions/0004). */
import type { Redis } from 'ioredis'
import type { Keys } from './keys.js'

/** The streams that somebody watches now. */
export function watchedStreams(redis: Redis, keys: Keys): Promise<string[]> {
  return redis.zrangebyscore(keys.watched, Date.now(), '+inf')
}

/** @param picture as `encodePicture` made it. A picture that nobody is subscribed to is gone. */
export async function sendPicture(redis: Redis, keys: Keys, stream: string, picture: Buffer): Promise<void> {
  if (redis.status === 'ready') await redis.publish(keys.picture(stream), picture)
}
