/** What REST answers and the WebSocket speaks: the contract between publish, the dashboard and the command line. Times are ms since the Unix epoch. */

import type { BudgetSettings, DeviceCapacity } from '../budget/budget.js'
import type { Degradation, HistoryEntry } from '../budget/degradation.js'
import type { Plan } from '../budget/plan.js'
import type { ModelProfile } from '../budget/profile.js'
import type { Admission, Refusal, Reservation } from '../budget/reservation.js'
import type { Amounts, Limits } from '../budget/resources.js'
import type { FrameBalance } from '../frame/balance.js'
import type { CatalogueEntry } from '../model/catalogue-entry.js'
import type { ModelJobKind, ModelJobProgress, modelJobStates } from '../model/model-job.js'
import type { ModelRecord } from '../model/model-record.js'
import type { GpuReport } from '../process/gpu-report.js'
import {
  type HostedModelReport,
  hostedModelStates,
  type InferDetail,
  type ProcessReport,
} from '../process/report.js'
import type { SlabInfo } from '../slab/info.js'
import type { DecoderBackendName, DecoderReport } from '../stream/decoder.js'
import type { SourceInfo, StateReason, StreamState } from '../stream/stream.js'

/** `GET /api/v1/streams/{id}`: desired and actual state in one. */
export interface StreamView {
  id: string
  /** Without credentials. */
  url: string
  model: string | null
  fps: number | null
  priority: number
  enabled: boolean
  state: StreamState
  reason: StateReason | null
  since: number
  source: SourceInfo | null
  receivedFps: number
  inferredFps: number
  /** Captured → serialised; null before the first result. */
  lagP50Ms: number | null
  lagP99Ms: number | null
  /** Objects in the newest result. */
  detectionsLast: number
  frames: FrameBalance
  restarts: number
  decodeErrors: number
  decoder: DecoderReport
  ringSlots: number
  /** The smaller model that it may run with while its device cannot carry its own. */
  fallbackModel: string | null
  /** What it runs with instead of what it declares; null where it runs as declared. */
  degradation?: Degradation | null
  createdAt: number
  updatedAt: number
  /** What it takes of its device; in the answer to what registers or changes it, where a device is known. */
  admission?: Admission
}

/** `GET /api/v1/streams` */
export interface StreamList {
  streams: StreamView[]
}

/** `GET /api/v1/gpus`: the devices that infer runs on; a CPU is one of them. */
export interface DeviceView {
  id: string
  engine: string
  /** Why this engine and no other: a sentence. */
  engineReason: string
  device: string
  model: string
  buckets: number[]
  threads: number
  batchWindowMs: number
  fill: number
  busy: number
  residentBytes: number
  slabBytes: number
  shmFreeBytes: number
  memoryLimitBytes: number
  memoryChargedBytes: number
  /** The same of device memory; null where the device is the CPU. */
  deviceMemory: InferDetail['deviceMemory']
  /** The models that are loaded, wanted or refused. */
  models: HostedModelReport[]
  /** null where there is none, or its driver tells nothing. */
  gpu: GpuReport | null
}
export interface DeviceList {
  gpus: DeviceView[]
}

/** `available`: it can be named, and is loaded when a stream does. `unusable`: `problem` says why. Else as its host reports. */
export const modelStates = ['available', 'unusable', ...hostedModelStates] as const

/** `GET /api/v1/models/{name}`: a model that streams may name, and what the devices do with it. */
export interface ModelView extends ModelRecord {
  state: (typeof modelStates)[number]
  /** Why it is not loaded though it is wanted. */
  reason: StateReason | null
  /** Ids of the streams that name it, or that name none where it is the default. */
  streams: string[]
  /** Devices that have it loaded. */
  devices: string[]
}

/** `GET /api/v1/models` */
export interface ModelList {
  models: ModelView[]
}

/** `GET /api/v1/models/{name}/profile`: one for each device that it was measured on. */
export interface ModelProfiles {
  profiles: ModelProfile[]
}

/** `GET /api/v1/models/catalogue` */
export interface CatalogueList {
  models: CatalogueEntry[]
}

/** `GET /api/v1/jobs/{id}` */
export interface JobView {
  id: string
  kind: ModelJobKind
  /** As it was named. */
  model: string
  state: (typeof modelJobStates)[number]
  progress: ModelJobProgress | null
  /** What `ringside model <kind> --json` prints; null before the end. */
  result: unknown
  problem: Problem | null
  createdAt: number
  startedAt: number | null
  endedAt: number | null
}

/** `GET /api/v1/jobs`: newest first. */
export interface JobList {
  jobs: JobView[]
}

/** `GET /api/v1/processes` */
export interface ProcessList {
  processes: ProcessReport[]
  slabs: SlabInfo[]
}

/** `GET /api/v1/gpus/{id}/budget`: what the device may promise, what it has promised, and to whom. */
export interface BudgetView {
  device: string
  settings: BudgetSettings
  /** What of the settings was changed for this device. */
  overrides: Partial<BudgetSettings>
  capacity: DeviceCapacity
  limits: Limits
  used: Amounts
  /** Of this device, those in force. */
  reservations: Reservation[]
}

/** `POST /api/v1/plan`: streams of one kind. */
export interface PlanAsked {
  /** Absent: only how many fit. */
  streams?: number
  fps: number
  /** `1080p`, `1280x720`. */
  resolution?: string
  codec?: string
  /** Absent: the default one. */
  model?: string
  decoder?: DecoderBackendName
  ringSlots?: number
  /** Id or part of the name of a device that is here, or that a stored profile is of. Absent: each that is here. */
  gpu?: string
  latencyTargetMs?: number
  /** Beside what runs now, instead of on an empty device. */
  beside?: boolean
}

export interface PlanList {
  plans: Plan[]
}

/** `GET /api/v1/streams/{id}/history` and `GET /api/v1/audit`: newest last. */
export interface HistoryList {
  entries: HistoryEntry[]
}

/** RFC 9457 problem details, `application/problem+json`; of `budget_exceeded` with the figures of the refusal. */
export interface Problem extends Partial<Omit<Refusal, 'text'>> {
  type: string
  title: string
  status: number
  detail: string
  code: string
  key?: string
  value?: string
  remedy?: string
}

/** Client → server on `/ws`. A new subscription replaces the one before. */
export type ClientMessage =
  | {
      type: 'subscribe'
      /** Absent or empty: every stream. */
      streams?: string[]
      /** Class names; absent or empty: every class. */
      classes?: string[]
      minScore?: number
      /** Streams whose pictures are wanted too, as binary messages (`encodePicture`). */
      pictures?: string[]
    }
  | { type: 'unsubscribe' }

/** Server → client, beside `DetectionsMessage`, `StreamStateEvent`, `DropsEvent` and binary pictures. */
export type ServerMessage =
  | { type: 'hello'; v: 1; version: string }
  | { type: 'subscribed'; streams: string[]; classes: string[]; minScore: number; pictures: string[] }
  | { type: 'unsubscribed' }
  /** This client was too slow: its oldest messages are gone. */
  | { type: 'lost'; messages: number; total: number }
  | { type: 'error'; code: string; detail: string; remedy: string }
