/** A profile with round figures, in the place of a measured one: what a test of budgets adds up must not depend on the machine. */
import type { ModelProfile } from '../../shared/budget/profile.js'

/** @param msPerFrame of a batch of one, the only bucket. */
export function plainProfile(model: string, msPerFrame: number, device = 'cpu-0'): ModelProfile {
  const bucket = {
    bucket: 1,
    ...{ afterLoadBytes: 2 ** 20, peakBytes: 2 ** 20, residentBytes: 2 ** 20 },
    ...{ arena: null, processBytes: null, deviceUsedBytes: null },
    ...{ runs: 10, p10Ms: msPerFrame, p50Ms: msPerFrame, p99Ms: msPerFrame, firstRunMs: msPerFrame },
  }
  const fit = { fixedBytes: 0, bytesPerBucket: 2 ** 20, bytesPerItem: 0, residualBytes: [], msPerFrame: [] }
  const facts = { name: device, driver: null, fingerprint: 'a test', totalBytes: 2 ** 33, threads: 1 }
  return {
    v: 1,
    model,
    digest: 'a test',
    precision: 'fp32',
    provider: 'cpu',
    device: { id: device, kind: 'cpu', ...facts },
    ...{ inputWidthPx: 416, inputHeightPx: 416, frameBytes: 416 * 416 * 1.5 },
    ...{ slabBytes: 2 ** 20, slots: 16 },
    buckets: [bucket],
    refusedBuckets: [],
    fit,
    table: [],
    uploadBytesPerSecond: null,
    measuredAtMs: Date.now(),
    version: 'a test',
  }
}
