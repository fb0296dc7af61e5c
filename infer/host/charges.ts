/** What models are charged on this device: as they were measured, where they were; estimated where not. */
import fs from 'node:fs'
import { engineBytesOf } from '../../shared/budget/model-cost.js'
import type { ModelProfile } from '../../shared/budget/profile.js'
import type { DeviceFacts } from '../engine/device.js'
import type { EngineInfo } from '../engine/engine.js'
import type { PreparedModel } from '../model/prepared-model.js'
import { type Bytes, plus } from './bytes.js'
import { type ChargedModel, estimateDeviceBytes, estimateHostBytes } from './charge.js'

/** What a model will take, before it does. */
export interface Charge {
  charged: Bytes
  /** With its smallest bucket alone: a GPU refuses the larger ones that do not fit, and serves with the rest. */
  least: Bytes
  estimated: Bytes
  /** null where it was neither profiled here nor loaded by this process. */
  measured: Bytes | null
}

export interface ChargeParts {
  device: DeviceFacts
  /** null where it was never measured as it would be loaded now. */
  profileOf(model: PreparedModel): ModelProfile | null
  slabBytes(model: PreparedModel): number
  buckets(model: PreparedModel): number[]
}

export class ModelCharges {
  /** What loads of this process took: until a model has its profile, and no longer than the process lives. */
  readonly #took = new Map<string, number>()

  constructor(private readonly parts: ChargeParts) {}

  of(model: PreparedModel): Charge {
    const known = this.#known(model)
    const buckets = this.parts.buckets(model)
    const estimated = this.#estimate(model, buckets)
    const measured = known === null ? null : this.#whole(model, known)
    const charged = measured ?? estimated
    const smallest = this.#estimate(model, [Math.min(...buckets)])
    const least = this.#onGpu
      ? { host: charged.host, device: Math.min(charged.device, smallest.device) }
      : charged
    return { charged, least, estimated, measured }
  }

  /**
   * Keeps what a load took: the most that it ever did, since what an unload frees may be taken again without the process growing.
   * A load that had to do without some buckets tells nothing of one that has them. On a CPU a profile knows better: this process
   * does more than load models.
   * @param grownBytes of this process. @returns what it is charged now.
   */
  took(model: PreparedModel, info: EngineInfo, grownBytes: number): Bytes {
    const engineBytes = Math.max(0, this.#onGpu ? info.deviceBytes : grownBytes)
    if (info.refusedBuckets.size > 0) return this.#whole(model, engineBytes)
    const profile = this.parts.profileOf(model)
    if (profile && !this.#onGpu) return this.#whole(model, engineBytesOf(profile))
    const key = this.#key(model)
    this.#took.set(key, Math.max(engineBytes, this.#took.get(key) ?? 0))
    return this.#whole(model, Math.max(engineBytes, this.#known(model) ?? 0))
  }

  get #onGpu(): boolean {
    return this.parts.device.kind === 'gpu'
  }

  #known(model: PreparedModel): number | null {
    const profile = this.parts.profileOf(model)
    return profile ? engineBytesOf(profile) : (this.#took.get(this.#key(model)) ?? null)
  }

  #estimate(model: PreparedModel, buckets: readonly number[]): Bytes {
    const { widthPx, heightPx, maxCandidates, precision } = model
    const fileBytes = fs.statSync(model.file).size
    const of: ChargedModel = { fileBytes, widthPx, heightPx, maxCandidates, precision, buckets }
    return this.#whole(model, this.#onGpu ? estimateDeviceBytes(of) : estimateHostBytes(of))
  }

  /** The slab is host memory in any case. */
  #whole(model: PreparedModel, engineBytes: number): Bytes {
    const slab = { host: this.parts.slabBytes(model), device: 0 }
    return plus(slab, this.#onGpu ? { host: 0, device: engineBytes } : { host: engineBytes, device: 0 })
  }

  /** The same file in other buckets takes other memory. */
  #key(model: PreparedModel): string {
    return `${model.digest}-${model.precision}-${this.parts.buckets(model).join('.')}`
  }
}
