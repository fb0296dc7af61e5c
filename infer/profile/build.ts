/** Puts a profile together from what was measured. Pure. */
import type { BucketProfile, ModelProfile, OnceBytes } from '../../shared/budget/profile.js'
import type { ProfileSubject } from '../../shared/budget/staleness.js'
import type { EngineInfo } from '../engine/engine.js'
import type { BucketLoad, LoadMemory } from '../engine/load-memory.js'
import type { PreparedModel } from '../model/prepared-model.js'
import { fitMemory, fixedBytesOf, type MemoryFit } from './fit.js'
import { medianLoad } from './rounds.js'
import { budgetTable, type SlabFigures } from './table.js'
import { type BucketTime, uploadRate } from './timing.js'

export interface Measurement {
  subject: ProfileSubject & Pick<ModelProfile, 'device'>
  model: PreparedModel
  /** Of the prepared .onnx. */
  fileBytes: number
  info: Pick<EngineInfo, 'provider' | 'refusedBuckets'>
  rounds: readonly LoadMemory[]
  times: ReadonlyMap<number, BucketTime>
  slab: SlabFigures & { slots: number }
  measuredAtMs: number
  version: string
}

export function buildProfile(measured: Measurement): ModelProfile {
  const { subject, model, info, rounds, times, slab } = measured
  const onGpu = subject.device.kind === 'gpu'
  const memory = medianLoad(rounds)
  const { libraryBytes, ...fit } = fitMemory(memory, onGpu)
  const buckets = bucketsOf(memory, times, onGpu)
  const frameBytes = (model.widthPx * model.heightPx * 3) / 2
  return {
    v: 1,
    model: subject.model,
    digest: subject.digest,
    sourceDigest: model.digest,
    precision: subject.precision,
    provider: info.provider,
    device: subject.device,
    ...(onGpu && { once: onceOf(memory, libraryBytes) }),
    inputWidthPx: model.widthPx,
    inputHeightPx: model.heightPx,
    frameBytes,
    slabBytes: slab.layoutBytes,
    slots: slab.slots,
    buckets,
    refusedBuckets: [...info.refusedBuckets].map(([bucket, reason]) => ({ bucket, reason })),
    fit: { ...fit, msPerFrame: buckets.map(({ bucket, p10Ms }) => ({ bucket, ms: p10Ms / bucket })) },
    table: tableOf(measured, memory, libraryBytes),
    uploadBytesPerSecond: onGpu ? uploadRate(times, frameBytes) : null,
    measuredAtMs: measured.measuredAtMs,
    version: measured.version,
    rounds: rounds.length,
  }
}

/** The first bucket is charged with what the model takes beside its buckets, so that their sum is the model. */
function bucketsOf(
  memory: LoadMemory,
  times: ReadonlyMap<number, BucketTime>,
  onGpu: boolean,
): BucketProfile[] {
  const beside = onGpu ? 0 : fixedBytesOf(memory)
  return memory.buckets.map((load, i) => bucketOf(load, times.get(load.bucket), i === 0 ? beside : 0))
}

function bucketOf(load: BucketLoad, time: BucketTime | undefined, besideBytes: number): BucketProfile {
  const { bucket, arena, processBytes, deviceUsedBytes, firstRunMs } = load
  if (!time) throw new Error(`the bucket of ${bucket} was loaded, and not timed`)
  return {
    bucket,
    afterLoadBytes: load.warmBytes + besideBytes,
    peakBytes: load.peakBytes + besideBytes,
    residentBytes: load.residentBytes + besideBytes,
    arena: arena && {
      inUseBytes: arena.idleBytes,
      reservedBytes: arena.reservedBytes,
      peakBytes: arena.peakBytes,
    },
    processBytes,
    deviceUsedBytes,
    runs: time.runs,
    p10Ms: time.p10Ms,
    p50Ms: time.p50Ms,
    p99Ms: time.p99Ms,
    firstRunMs,
  }
}

function onceOf({ contextBytes }: LoadMemory, libraryBytes: MemoryFit['libraryBytes']): OnceBytes {
  return { contextBytes, libraryBytes }
}

function tableOf(
  { model, fileBytes, subject, slab }: Measurement,
  memory: LoadMemory,
  libraryBytes: number | null,
) {
  const { widthPx, heightPx, maxCandidates, precision } = model
  const buckets = memory.buckets.map(({ bucket }) => bucket)
  return budgetTable({
    model: { fileBytes, widthPx, heightPx, maxCandidates, precision, buckets },
    onGpu: subject.device.kind === 'gpu',
    memory,
    libraryBytes,
    slab,
  })
}
