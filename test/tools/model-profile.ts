/** Profiles made up for tests: whole and of a shape that a measurement could have given. */
import type { ModelProfile, ProfiledDevice } from '../../shared/budget/profile.js'

export const profiledCpu: ProfiledDevice = {
  id: 'cpu-9',
  kind: 'cpu',
  name: 'a CPU',
  driver: null,
  fingerprint: 'a CPU, 2 cores',
  totalBytes: 2 ** 34,
  threads: 2,
}

export interface MadeUp {
  model?: string
  digest?: string
  device?: ProfiledDevice
  precision?: ModelProfile['precision']
  /** Of all its buckets together. */
  engineBytes?: number
  buckets?: readonly number[]
}

export function madeUpProfile(wanted: MadeUp = {}): ModelProfile {
  const { model = 'a', digest = 'abc', device = profiledCpu, precision = 'fp32' } = wanted
  const { engineBytes = 64 * 2 ** 20, buckets = [1, 2, 4] } = wanted
  const bytesPerBucket = engineBytes / buckets.length
  const onGpu = device.kind === 'gpu'
  return {
    v: 1,
    model,
    digest,
    precision,
    provider: onGpu ? 'cuda' : 'cpu',
    device,
    inputWidthPx: 64,
    inputHeightPx: 32,
    frameBytes: 3072,
    slabBytes: 2 ** 20,
    slots: 8,
    buckets: buckets.map(bucket => ({
      bucket,
      afterLoadBytes: bytesPerBucket,
      peakBytes: bytesPerBucket,
      residentBytes: bytesPerBucket,
      arena: null,
      processBytes: null,
      deviceUsedBytes: null,
      runs: 10,
      p10Ms: bucket,
      p50Ms: bucket,
      p99Ms: 2 * bucket,
      firstRunMs: 5 * bucket,
    })),
    refusedBuckets: [],
    fit: {
      fixedBytes: 0,
      bytesPerBucket,
      bytesPerItem: 0,
      residualBytes: buckets.map(bucket => ({ bucket, bytes: 0 })),
      msPerFrame: buckets.map(bucket => ({ bucket, ms: 1 })),
    },
    table: [],
    uploadBytesPerSecond: onGpu ? 40e9 : null,
    measuredAtMs: Date.now(),
    version: '0.1.0',
    rounds: 1,
  }
}
