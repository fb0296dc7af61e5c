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
  /** Hash: holder → `Reservation` as JSON. */
  reservations: string
  /** Hash: device id → what its operator overrode of `BudgetSettings`, as JSON. */
  budgets: string
  /** Hash: device id → `DeviceCapacity` as JSON. */
  capacities: string
  /** Hash: `<device>|<model>` → `ModelProfile` as JSON. */
  profiles: string
  /** Hash: stream id → `Degradation` as JSON, of those that do not run as declared. */
  degradations: string
  /** Stream: `e` a `HistoryEntry` as JSON; of a stream or a device. */
  history(id: string): string
  /** Stream: `e` a `HistoryEntry` as JSON; of everything. */
  audit: string
  /** Stream: `s` a `MemorySample` as JSON; one for each tier. */
  timeline(device: string, everyMs: number): string
  /** Hash: stage:instance → `AllocationReport` as JSON. */
  allocations: string
  /** Sorted set: snapshot id by time; and hash: snapshot id → `MemorySnapshot` as JSON. */
  snapshotIds: string
  snapshots: string
  /** Hash: alert id → `Alert` as JSON, firing or lately resolved. */
  alerts: string
  /** Stream: `c` a `CompactionReport` as JSON. */
  compactions: string
  /** List: `CompactionRequest` as JSON, oldest first, until the device's infer takes it. */
  compactionRequests(device: string): string
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
    reservations: `${prefix}:reservations`,
    budgets: `${prefix}:budgets`,
    capacities: `${prefix}:capacities`,
    profiles: `${prefix}:profiles`,
    degradations: `${prefix}:degradations`,
    history: id => `${prefix}:history:${id}`,
    audit: `${prefix}:audit`,
    timeline: (device, everyMs) => `${prefix}:timeline:${device}:${everyMs}`,
    allocations: `${prefix}:allocations`,
    snapshotIds: `${prefix}:snapshot-ids`,
    snapshots: `${prefix}:snapshots`,
    alerts: `${prefix}:alerts`,
    compactions: `${prefix}:compactions`,
    compactionRequests: device => `${prefix}:compaction-requests:${device}`,
    jobs: `${prefix}:jobs`,
  }
}
