/** Load on an engine: batches of one size, so many under way at a time, each result held against what its frames gave before. */
import type { Engine, EngineResult } from '../../../infer/engine/engine.js'
import type { PreparedModel } from '../../../infer/model/prepared-model.js'
import { VALUES_PER_CANDIDATE } from '../../../infer/postprocess/candidates.js'
import { fingerprintOf, isOf } from './fingerprint.js'
import { median, quantile } from './outcome.js'
import type { FilledSlab } from './slab-frames.js'

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
  /** Frames that gave something else than at first: stale, mixed up or unwritten results. */
  wrongFrames: number
}

/** More than slots of any slab. */
const KEYS_PER_BUCKET = 2 ** 20

export class Load {
  /** Of each slot, by bucket: halves are added up in another order in another one. */
  readonly #known = new Map<number, Float32Array>()

  constructor(
    private readonly engine: Engine,
    private readonly model: PreparedModel,
    private readonly slab: FilledSlab,
  ) {}

  async run({ bucket, inFlight, seconds }: LoadRequest): Promise<LoadResult> {
    const tally: Tally = { times: [], inferMs: [], wrongFrames: 0, next: 0 }
    await this.#lanes(bucket, inFlight, seconds / 4, tally) // the clocks of the chip rise
    Object.assign(tally, { times: [], inferMs: [] })
    const startedAt = performance.now()
    await this.#lanes(bucket, inFlight, seconds, tally)
    const tookS = (performance.now() - startedAt) / 1000
    const { times, inferMs, wrongFrames } = tally
    const spread = { p50Ms: median(times), p99Ms: quantile(times, 0.99), inferMs: median(inferMs) }
    const imagesPerSecond = (times.length * bucket) / tookS
    return { bucket, inFlight, seconds, imagesPerSecond, ...spread, batches: times.length, wrongFrames }
  }

  async #lanes(bucket: number, inFlight: number, seconds: number, tally: Tally): Promise<void> {
    const endAt = performance.now() + seconds * 1000
    const lane = async (): Promise<void> => {
      while (performance.now() < endAt) await this.#batch(bucket, tally)
    }
    await Promise.all(Array.from({ length: inFlight }, lane))
  }

  async #batch(bucket: number, tally: Tally): Promise<void> {
    const slots = this.slab.slotsOf(tally.next++, bucket)
    const startedAt = performance.now()
    const result = await this.engine.run({ bucket, slots }, () => undefined)
    tally.times.push(performance.now() - startedAt)
    tally.inferMs.push(result.inferMs)
    tally.wrongFrames += this.#wrongFrames(bucket, slots, result)
  }

  #wrongFrames(bucket: number, slots: readonly number[], { candidates }: EngineResult): number {
    const perFrame = this.model.maxCandidates * VALUES_PER_CANDIDATE
    let wrong = 0
    slots.forEach((slot, i) => {
      const own = candidates.subarray(i * perFrame, (i + 1) * perFrame)
      const key = bucket * KEYS_PER_BUCKET + slot
      const known = this.#known.get(key)
      if (!known) this.#known.set(key, fingerprintOf(own))
      else if (!isOf(known, own)) wrong++
    })
    return wrong
  }
}

interface Tally {
  times: number[]
  inferMs: number[]
  wrongFrames: number
  next: number
}
