/** The writing ends of the Redis Streams: frame refs, detections, events. Each is bounded, so that no reader's absence fills Redis. */
import type { ChainableCommander, Redis } from 'ioredis'
import { encodeFrameRef, type FrameRef } from '../frame/frame-ref.js'
import type { AlertEvent } from '../memory/alert.js'
import type { RingsideEvent } from '../stream/stream.js'
import type { Keys } from './keys.js'

/** Refs beyond this are older than the rings of 256 streams hold. */
const MAX_REFS = 1024
/** Most of a second of 200 cameras: publish may be busy for so long without losing what nobody would count. */
const MAX_DETECTIONS = 4096
const MAX_EVENTS = 1024

export function addFrameRef(redis: Redis, keys: Keys, slab: string, ref: FrameRef): Promise<unknown> {
  return redis.xadd(keys.refs(slab), 'MAXLEN', '~', MAX_REFS, '*', ...encodeFrameRef(ref))
}

/** @param message a `DetectionsMessage` as it will be sent, serialised once. */
export function addDetections(
  redis: Redis,
  keys: Keys,
  stream: string,
  message: string | Buffer,
): Promise<unknown> {
  return redis.xadd(keys.detections, 'MAXLEN', '~', MAX_DETECTIONS, '*', 's', stream, 'm', message)
}

export async function addEvent(redis: Redis, keys: Keys, event: RingsideEvent | AlertEvent): Promise<void> {
  await queueEvent(redis, keys, event)
}

/** @param to where it is one command of several, a transaction. */
export function queueEvent(
  to: Redis | ChainableCommander,
  keys: Keys,
  event: RingsideEvent | AlertEvent,
): unknown {
  return to.xadd(keys.events, 'MAXLEN', '~', MAX_EVENTS, '*', 'e', JSON.stringify(event))
}
