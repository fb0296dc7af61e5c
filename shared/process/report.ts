/** What each process says of itself once a second: its heartbeat. Read by publish for health, metrics and the dashboard. */

import type { StateReason } from '../stream/stream.js'
import type { GpuReport } from './gpu-report.js'

export const stages = ['ingest', 'infer', 'publish'] as const
export type Stage = (typeof stages)[number]

export interface ProcessReport {
  stage: Stage
  /** Unique for each start of a process. */
  instance: string
  pid: number
  host: string
  version: string
  startedAtMs: number
  atMs: number
  /** Able to do its work, with the reason where it is not. */
  ready: boolean
  notReady: string | null
  residentBytes: number
  heapUsedBytes: number
  /** CPU seconds since start, user and system, children not included. */
  cpuSeconds: number
  /** Its main thread over the last second. */
  loop: LoopReport
  /** What only this stage knows. */
  detail: IngestDetail | InferDetail | PublishDetail
}

export interface LoopReport {
  /** Share of time in which the event loop ran something, 0 … 1. */
  utilisation: number
  /** How long whatever was due had to wait for it. */
  lagP99Ms: number
  lagMaxMs: number
  /** Share of time in which garbage was collected, 0 … 1, and the longest pause. */
  gcShare: number
  gcMaxMs: number
}

export interface IngestDetail {
  stage: 'ingest'
  decoders: number
  ffmpeg: string
  /** CPU seconds and resident bytes of the decoders that run now. */
  decoderCpuSeconds: number
  decoderResidentBytes: number
}

/**
 * What an engine waited for between two batches. `redis`: for refs that were on their way, through Redis and this process's event
 * loop. `postprocess`: while the main thread interpreted results. `window`: for a batch to fill. `turn`: for the batches of other
 * models. `upload`: for the pixels to reach the engine.
 */
export const gapReasons = ['no_frames', 'redis', 'postprocess', 'window', 'turn', 'upload'] as const
export type GapReason = (typeof gapReasons)[number]

/** Gaps over 5 ms between batches of a model, since start: how many were each reason's above all, and the milliseconds of all that were. */
export type GapReport = Record<GapReason, { gaps: number; ms: number }>

/** Compactions since start: how many did what, what they freed together, and for how long. */
export interface CompactionTotals {
  shrunk: number
  rebuilt: number
  nothing: number
  freedBytes: number
  tookMs: number
}

export interface InferDetail {
  stage: 'infer'
  /** Stable name of the device, e.g. `cpu-0`. */
  deviceId: string
  engine: string
  /** Why this engine and no other: a sentence. */
  engineReason: string
  device: string
  /** The default model; it and the four facts below it are of the model that streams get which name none. */
  model: string
  classes: string[]
  inputWidthPx: number
  inputHeightPx: number
  buckets: number[]
  threads: number
  batchWindowMs: number
  batches: number
  framesInferred: number
  /** Mean frames a batch / bucket size. */
  fill: number
  /** Share of the last second in which the engine ran. */
  busy: number
  /** Of all models together. */
  gaps: GapReport
  compactions: CompactionTotals
  /** Results that Redis, away or full, did not take. */
  messagesLost: number
  /** Of all slabs together. */
  slabBytes: number
  shmFreeBytes: number
  /** What models may take of this host, and what they are charged. */
  memoryLimitBytes: number
  memoryChargedBytes: number
  /** The same of device memory; null where the device is the CPU. */
  deviceMemory: { limitBytes: number; chargedBytes: number } | null
  /** Every model that is loaded, wanted or was refused. */
  models: HostedModelReport[]
  /** The GPU of this process; null where there is none, or its driver tells nothing. */
  gpu: GpuReport | null
}

export const hostedModelStates = ['loading', 'loaded', 'idle', 'failed'] as const
/** `idle`: loaded, but no stream uses it. `failed`: wanted and not loaded; the reason says why. */
export type HostedModelState = (typeof hostedModelStates)[number]

/** One model on one device. Figures of a run are null where it is not loaded. */
export interface HostedModelReport {
  name: string
  /** SHA-256 of the source file as it was loaded, in hex; null while it is not loaded. */
  digest: string | null
  state: HostedModelState
  /** Why it cannot be served. */
  reason: StateReason | null
  /** Enabled streams that name it, or that name none where it is the default. */
  streams: number
  /** What the limit of host memory is charged for it; 0 while it is not loaded. On a GPU that is its slab. */
  chargedBytes: number
  /** Worked out from file, input and buckets before it was loaded; null before it was looked into. */
  estimatedBytes: number | null
  /** Growth of the process at its last load on this machine, and its slab; null where it never was loaded. */
  measuredBytes: number | null
  /** The same of device memory; null where the device is the CPU. */
  deviceMemory: ModelDeviceMemory | null
  inputWidthPx: number | null
  inputHeightPx: number | null
  classes: string[]
  buckets: number[]
  batchWindowMs: number | null
  batches: number
  framesInferred: number
  /** Mean frames a batch / bucket size. */
  fill: number
  /** What memory grew by when this load of it ended: of the GPU, or on a CPU of the process, without its slab. null while it is not loaded. */
  tookBytes: number | null
  /** Batches of each bucket that ran since it was loaded. */
  bucketRuns: { bucket: number; batches: number }[]
  /** Milliseconds in which they ran; of two at once the time counts once. */
  busyMs: number
  /** When a stream used it last, wall time. */
  lastUsedAtMs: number
  /** What runs it; null where it is not loaded. */
  engine: HostedEngineReport | null
}

/** What a model is charged of its device's memory, and where that figure comes from. */
export interface ModelDeviceMemory {
  chargedBytes: number
  estimatedBytes: number | null
  measuredBytes: number | null
}

export const engineProviders = ['cpu', 'cuda', 'tensorrt'] as const

/** The engine of one model: what it chose, what it could not have, and what it holds of the device. */
export interface HostedEngineReport {
  provider: (typeof engineProviders)[number]
  /** Batches that it takes at once. */
  maxInFlight: number
  /** Device memory that its load took; 0 where the device is the CPU. */
  deviceBytes: number
  refusedBuckets: { bucket: number; reason: string }[]
  /** null where the device is the CPU. */
  arena: ArenaReport | null
}

/** Counters of an engine's device memory. */
export interface ArenaReport {
  arenaInUseBytes: number
  arenaMaxInUseBytes: number
  /** What the arena holds of the device, used or not. */
  arenaReservedBytes: number
  arenaLimitBytes: number
  /** Growths of the arena since warm-up; 0, or the promise that nothing allocates is broken. */
  allocationsAfterWarmUp: number
  /** Runs that found no memory. */
  outOfMemory: number
}

export interface PublishDetail {
  stage: 'publish'
  webSocketClients: number
  messagesSent: number
  messagesLost: number
}
