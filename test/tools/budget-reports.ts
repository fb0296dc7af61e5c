/** What infer reports of a device's capacity and what it measured of a model: material for tests that stand in for infer. */
import type { BucketProfile, ModelProfile } from '../../shared/budget/profile.js'
import type { ReportedCapacity } from '../../shared/redis/capacities.js'
import { MODEL, modelRecord } from './stage-reports.js'

const MIB = 2 ** 20
const GIB = 2 ** 30

/** Of a host with eight cores, without a GPU. */
export function capacityReport(change: Partial<ReportedCapacity> = {}): ReportedCapacity {
  return {
    id: 'cpu-0',
    kind: 'cpu',
    name: 'AMD EPYC 7B13',
    deviceTotalBytes: null,
    hostTotalBytes: 16 * GIB,
    cores: 8,
    slabRows: 32,
    slabSlots: 128,
    decodePixelsPerSecond: 1_728_000_000,
    scalePixelsPerSecond: null,
    pcieBytesPerSecond: null,
    defaultModel: MODEL,
    buckets: [1, 2, 4],
    profiled: { driver: null, fingerprint: 'of the test', threads: 2 },
    atMs: Date.now(),
    ...change,
  }
}

/** @param msPerFrame the same in each bucket. */
export function modelProfile(model: string, msPerFrame: number): ModelProfile {
  const buckets = [1, 2, 4].map(bucket => bucketProfile(bucket, msPerFrame))
  return {
    v: 1,
    model,
    digest: modelRecord.digest ?? '',
    precision: 'fp32',
    provider: 'cpu',
    device: {
      id: 'cpu-0',
      kind: 'cpu',
      name: 'AMD EPYC 7B13',
      driver: null,
      fingerprint: 'of the test',
      totalBytes: 16 * GIB,
      threads: 2,
    },
    inputWidthPx: 416,
    inputHeightPx: 416,
    frameBytes: 259_584,
    slabBytes: 32 * MIB,
    slots: 128,
    buckets,
    refusedBuckets: [],
    fit: {
      fixedBytes: 20 * MIB,
      bytesPerBucket: 4 * MIB,
      bytesPerItem: 6 * MIB,
      residualBytes: buckets.map(({ bucket }) => ({ bucket, bytes: 0 })),
      msPerFrame: buckets.map(({ bucket }) => ({ bucket, ms: msPerFrame })),
    },
    table: [],
    uploadBytesPerSecond: null,
    measuredAtMs: Date.now(),
    version: '0.1.0',
  }
}

function bucketProfile(bucket: number, msPerFrame: number): BucketProfile {
  return {
    bucket,
    afterLoadBytes: 16 * MIB,
    peakBytes: 24 * MIB,
    residentBytes: 16 * MIB,
    arena: null,
    processBytes: 200 * MIB,
    deviceUsedBytes: null,
    runs: 50,
    p10Ms: bucket * msPerFrame,
    p50Ms: bucket * msPerFrame,
    p99Ms: bucket * msPerFrame * 1.3,
    firstRunMs: 80,
  }
}
