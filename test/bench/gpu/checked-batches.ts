/** Batches on an engine out of a filled slab, each result held against what its frames gave at first. */
import type { Engine, EngineResult } from '../../../infer/engine/engine.js'
import type { PreparedModel } from '../../../infer/model/prepared-model.js'
import { VALUES_PER_CANDIDATE } from '../../../infer/postprocess/candidates.js'
import { fingerprintOf, isOf } from './fingerprint.js'
import type { FilledSlab } from './slab-frames.js'

/** More than slots of any slab. */
const KEYS_PER_BUCKET = 2 ** 20

export class CheckedBatches {
  /** Frames that gave something else than at first: stale, mixed up or unwritten results. */
  wrongFrames = 0
  frames = 0
  #batches = 0
  /** Of each slot, by bucket: halves are added up in another order in another one. */
  readonly #known = new Map<number, Float32Array>()

  constructor(
    private readonly engine: Engine,
    private readonly model: PreparedModel,
    private readonly slab: FilledSlab,
  ) {}

  /** @returns milliseconds from giving the batch to its result, and those of the run alone. */
  async run(bucket: number, frames = bucket): Promise<{ ms: number; inferMs: number }> {
    const slots = this.slab.slotsOf(this.#batches++, frames)
    const startedAt = performance.now()
    const result = await this.engine.run({ bucket, slots }, () => undefined)
    const ms = performance.now() - startedAt
    this.frames += frames
    this.wrongFrames += this.#wrongFrames(bucket, slots, result)
    return { ms, inferMs: result.inferMs }
  }

  #wrongFrames(bucket: number, slots: readonly number[], { candidates }: EngineResult): number {
    const perFrame = this.model.maxCandidates * VALUES_PER_CANDIDATE
    if (candidates.length !== slots.length * perFrame) return slots.length
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
