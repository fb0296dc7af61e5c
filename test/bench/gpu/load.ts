/** Load on an engine: batches of one size, so many under way at a time, for so many seconds. */
import type { CheckedBatches } from './checked-batches.js'
import { median, quantile } from './outcome.js'

export interface LoadRequest {
  bucket: number
  inFlight: number
  seconds: number
}

export interface LoadResult extends LoadRequest {
  imagesPerSecond: number
  /** From giving a batch to its result. */
  p50Ms: number
  p99Ms: number
  inferMs: number
  batches: number
}

export async function load(batches: CheckedBatches, request: LoadRequest): Promise<LoadResult> {
  const { bucket, seconds } = request
  await lanes(batches, { ...request, seconds: seconds / 4 }) // the clocks of the chip rise
  const startedAt = performance.now()
  const runs = await lanes(batches, request)
  const tookS = (performance.now() - startedAt) / 1000
  const times = runs.map(({ ms }) => ms)
  return {
    ...request,
    imagesPerSecond: (runs.length * bucket) / tookS,
    p50Ms: median(times),
    p99Ms: quantile(times, 0.99),
    inferMs: median(runs.map(({ inferMs }) => inferMs)),
    batches: runs.length,
  }
}

async function lanes(batches: CheckedBatches, { bucket, inFlight, seconds }: LoadRequest) {
  const endAt = performance.now() + seconds * 1000
  const runs: { ms: number; inferMs: number }[] = []
  const lane = async (): Promise<void> => {
    while (performance.now() < endAt) runs.push(await batches.run(bucket))
  }
  await Promise.all(Array.from({ length: inFlight }, lane))
  return runs
}
