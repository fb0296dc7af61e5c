/** What ingest and infer report when all is well: material for tests that stand in for both. */
import os from 'node:os'
import { noGaps } from '../../infer/gap-meter.js'
import { dropReasons, type FrameBalance } from '../../shared/frame/balance.js'
import type { ModelRecord } from '../../shared/model/model-record.js'
import type { HostedEngineReport, ProcessReport } from '../../shared/process/report.js'
import type { InferReport, IngestReport } from '../../shared/stream/stream.js'

export const MODEL = 'ringside-nano'
export const CLASSES = ['person', 'bicycle', 'car']

export function balance(
  change: Partial<Omit<FrameBalance, 'drops'>>,
  drops: Partial<FrameBalance['drops']>,
): FrameBalance {
  const none = Object.fromEntries(dropReasons.map(reason => [reason, 0])) as FrameBalance['drops']
  return { received: 0, inferred: 0, inFlight: 0, residual: 0, ...change, drops: { ...none, ...drops } }
}

export const quietIngest: IngestReport = {
  state: 'connecting',
  reason: null,
  sinceMs: Date.now(),
  source: null,
  receivedFps: 0,
  restarts: 0,
  decodeErrors: 0,
  decoderPid: null,
  keyframesOnly: false,
  decoder: { wanted: 'auto', used: null, reason: null, clock: 'arrival' },
  atMs: 0,
}
export const quietInfer: InferReport = {
  balance: balance({}, {}),
  inferredFps: 0,
  lagP50Ms: null,
  lagP99Ms: null,
  detectionsLast: 0,
  atMs: 0,
}

/** As infer finds it in the package. */
export const modelRecord: ModelRecord = {
  name: MODEL,
  origin: 'shipped',
  family: 'yolox',
  precision: 'fp32',
  widthPx: 416,
  heightPx: 416,
  classes: CLASSES,
  bytes: 2 ** 20,
  digest: '0'.repeat(64),
  licence: 'Apache-2.0',
  problem: null,
}

export const cpuEngine: HostedEngineReport = {
  provider: 'cpu',
  maxInFlight: 1,
  deviceBytes: 0,
  refusedBuckets: [],
  arena: null,
}

const startedAtMs = Date.now()

export function processReport(stage: 'ingest' | 'infer'): ProcessReport {
  return {
    stage,
    instance: `${stage}-of-the-test`,
    pid: process.pid,
    host: os.hostname(),
    version: '0.1.0',
    startedAtMs,
    atMs: Date.now(),
    ready: true,
    notReady: null,
    residentBytes: 150 * 2 ** 20,
    heapUsedBytes: 30 * 2 ** 20,
    cpuSeconds: (Date.now() - startedAtMs) / 2000,
    loop: { utilisation: 0.4, lagP99Ms: 1.5, lagMaxMs: 4, gcShare: 0.01, gcMaxMs: 2 },
    detail: stage === 'ingest' ? ingestDetail : inferDetail,
  }
}

const ingestDetail: ProcessReport['detail'] = {
  stage: 'ingest',
  decoders: 1,
  ffmpeg: '5.1',
  decoderCpuSeconds: 1,
  decoderResidentBytes: 60 * 2 ** 20,
}
const inferDetail: ProcessReport['detail'] = {
  stage: 'infer',
  deviceId: 'cpu-0',
  messagesLost: 0,
  gaps: noGaps(),
  compactions: { shrunk: 0, rebuilt: 0, nothing: 0, freedBytes: 0, tookMs: 0 },
  engine: 'onnxruntime',
  engineReason: 'infer.engine asks for onnxruntime',
  device: 'cpu',
  model: MODEL,
  classes: CLASSES,
  inputWidthPx: 416,
  inputHeightPx: 416,
  buckets: [1, 2, 4],
  threads: 2,
  batchWindowMs: 4,
  batches: 10,
  framesInferred: 30,
  fill: 0.75,
  busy: 0.5,
  slabBytes: 16 * 2 ** 20,
  shmFreeBytes: 2 ** 30,
  memoryLimitBytes: 2 ** 32,
  memoryChargedBytes: 2 ** 26,
  deviceMemory: null,
  models: [
    {
      name: MODEL,
      digest: null,
      state: 'loaded',
      reason: null,
      streams: 1,
      chargedBytes: 2 ** 26,
      estimatedBytes: 2 ** 27,
      measuredBytes: 2 ** 26,
      deviceMemory: null,
      inputWidthPx: 416,
      inputHeightPx: 416,
      classes: CLASSES,
      buckets: [1, 2, 4],
      batchWindowMs: 4,
      batches: 10,
      framesInferred: 30,
      fill: 0.75,
      tookBytes: 2 ** 25,
      bucketRuns: [{ bucket: 4, batches: 10 }],
      busyMs: 500,
      lastUsedAtMs: Date.now(),
      engine: cpuEngine,
    },
  ],
  gpu: null,
}
