/** Every key and channel in Redis, made here and nowhere else. */

export interface Keys {
  /** Hash: stream id → `DesiredStream` as JSON. */
  streams: string
  /** Hash: `ingest` and `infer` → their report of the stream, as JSON. */
  actual(stream: string): string
  /** Hash: slab id → `SlabInfo` as JSON. */
  slabs: string
  /** Stream: frame refs of one slab. */
  refs(slab: string): string
  /** Stream: detections; `s` the stream id, `m` the message as it will be sent. */
  detections: string
  /** Stream: `e` an event as JSON. */
  events: string
  /** Channel: pictures of one stream, as bytes. */
  picture(stream: string): string
  /** Sorted set: stream id → wall time (ms) until which somebody watches it. */
  watched: string
  /** Hash: stage:instance → `ProcessReport` as JSON. */
  processes: string
  /** Hash: device id → its `ModelRecord`s as JSON. */
  models: string
  /** String: the catalogue of models, as JSON. */
  catalogue: string
  /** String: the instance that owns a role, with a time to live. */
  owner(role: string): string
  /** Prefix of BullMQ's own keys. */
  jobs: string
}

export function keysOf(prefix: string): Keys {
  return {
    streams: `${prefix}:streams`,
    actual: stream => `${prefix}:actual:${stream}`,
    slabs: `${prefix}:slabs`,
    refs: slab => `${prefix}:refs:${slab}`,
    detections: `${prefix}:detections`,
    events: `${prefix}:events`,
    picture: stream => `${prefix}:picture:${stream}`,
    watched: `${prefix}:watched`,
    processes: `${prefix}:processes`,
    models: `${prefix}:models`,
    catalogue: `${prefix}:catalogue`,
    owner: role => `${prefix}:owner:${role}`,
    jobs: `${prefix}:jobs`,
  }
}
