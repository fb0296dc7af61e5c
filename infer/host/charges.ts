/** What models are charged on this device: measured where they were loaded before, estimated where not. */
import fs from 'node:fs'
import type { DeviceFacts } from '../engine/device.js'
import type { EngineInfo } from '../engine/engine.js'
import type { PreparedModel } from '../model/prepared-model.js'
import { type Bytes, plus } from './bytes.js'
import { type ChargedModel, estimateDeviceBytes, estimateHostBytes } from './charge.js'
import { type CostStore, costKey } from './cost-store.js'

/** What a model will take, before it does. */
export interface Charge {
  charged: Bytes
  /** With its smallest bucket alone: a GPU refuses the larger ones that do not fit, and serves with the rest. */
  least: Bytes
  estimated: Bytes
  /** null where it never was loaded on this machine. */
  measured: Bytes | null
}

export interface ChargeParts {
  device: DeviceFacts
  costs: CostStore
  slabBytes(model: PreparedModel): number
  buckets(model: PreparedModel): number[]
}

export class ModelCharges {
  constructor(private readonly parts: ChargeParts) {}

  of(model: PreparedModel): Charge {
    const known = this.parts.costs.find(this.#key(model))
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
   * A load that had to do without some buckets tells nothing of one that has them.
   * @param grownBytes of this process. @returns what it is charged now.
   */
  took(model: PreparedModel, info: EngineInfo, grownBytes: number): Bytes {
    const engineBytes = Math.max(0, this.#onGpu ? info.deviceBytes : grownBytes)
    if (info.refusedBuckets.size > 0) return this.#whole(model, engineBytes)
    const key = this.#key(model)
    const known = this.parts.costs.find(key)
    const most = Math.max(engineBytes, known ?? 0)
    if (most !== known) this.parts.costs.keep(key, most)
    return this.#whole(model, most)
  }

  get #onGpu(): boolean {
    return this.parts.device.kind === 'gpu'
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

  #key(model: PreparedModel): string {
    return costKey(this.parts.device.fingerprint, model, this.parts.buckets(model))
  }
}
