/** What each process says of itself once a second: its heartbeat. Read by publish for health, metrics and the dashboard. */

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
  /** What only this stage knows. */
  detail: IngestDetail | InferDetail | PublishDetail
}

export interface IngestDetail {
  stage: 'ingest'
  decoders: number
  ffmpeg: string
  /** CPU seconds and resident bytes of the decoders that run now. */
  decoderCpuSeconds: number
  decoderResidentBytes: number
}

export interface InferDetail {
  stage: 'infer'
  /** Stable name of the device, e.g. `cpu-0`. */
  deviceId: string
  engine: string
  device: string
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
  /** Results that Redis, away or full, did not take. */
  messagesLost: number
  slabBytes: number
  shmFreeBytes: number
}

export interface PublishDetail {
  stage: 'publish'
  webSocketClients: number
  messagesSent: number
  messagesLost: number
}
