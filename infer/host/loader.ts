/** Brings one model into memory and out of it again: prepared, charged, its slab made, its engine warm. Decides nothing. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { Config } from '../../config/schema.js'
import { RingsideError } from '../../shared/errors.js'
import type { Log } from '../../shared/log.js'
import { trimHeap } from '../../shared/native/libc.js'
import { OnnxruntimeEngine } from '../engine/onnxruntime/engine.js'
import type { LoadedModel } from '../inference.js'
import { prepareModel } from '../model/prepare.js'
import type { PreparedModel } from '../model/prepared-model.js'
import { placesOf, resolveModel } from '../model/resolve.js'
import {
  openSlab,
  removeOtherSlabs,
  removeSlab,
  type SlabSettings,
  slabBytes,
  slabId,
} from '../slab-owner.js'
import { candidateBuckets, chooseThreads } from '../tune.js'
import type { DeviceTurn } from '../turn.js'
import { estimateEngineBytes } from './charge.js'
import { CostStore, costKey } from './cost-store.js'
import { anonymousBytes } from './memory.js'

/** What a model will take, before it does. */
export interface Charge {
  chargedBytes: number
  estimatedBytes: number
  /** null where it never was loaded on this machine. */
  measuredBytes: number | null
}

export class ModelLoader {
  readonly #config: Config
  readonly #device: string
  readonly #turn: DeviceTurn
  readonly #cacheDir: string
  readonly #costs: CostStore
  readonly #slabs: SlabSettings
  readonly #log: Log

  constructor(config: Config, device: string, turn: DeviceTurn, log: Log) {
    this.#config = config
    this.#device = device
    this.#turn = turn
    this.#log = log
    this.#cacheDir = path.join(config.dataDir, 'prepared')
    this.#costs = new CostStore(this.#cacheDir, log)
    this.#slabs = { ...config.slab, installation: config.dataDir }
  }

  /** @throws RingsideError where the model is not there or of no use. */
  async prepare(name: string): Promise<PreparedModel> {
    const found = await resolveModel(name, placesOf(this.#config))
    const calibrationsDir = path.join(this.#config.dataDir, 'calibrations')
    return prepareModel({ ...found, cacheDir: this.#cacheDir, calibrationsDir })
  }

  chargeOf(model: PreparedModel): Charge {
    const { widthPx, heightPx } = model
    const buckets = this.#buckets(model)
    const slab = slabBytes(model, this.#slabs)
    const fileBytes = fs.statSync(model.file).size
    const estimatedBytes = slab + estimateEngineBytes({ fileBytes, widthPx, heightPx, buckets })
    const engineBytes = this.#costs.find(this.#key(model))
    const measuredBytes = engineBytes === null ? null : slab + engineBytes
    return { chargedBytes: measuredBytes ?? estimatedBytes, estimatedBytes, measuredBytes }
  }

  /** @throws RingsideError `shm_too_small` or `engine_failed`; nothing of the model is left then. */
  async load(model: PreparedModel, isDefault: boolean): Promise<LoadedModel> {
    const { slab, info: slabInfo, created } = openSlab(this.#device, model, isDefault, this.#slabs)
    const engine = new OnnxruntimeEngine()
    const beforeBytes = anonymousBytes()
    try {
      const engineInfo = await engine.load(model, slab.path, {
        buckets: this.#buckets(model),
        threads: chooseThreads(this.#config.infer.threads, os.availableParallelism()),
        turn: this.#turn,
      })
      this.#measured(model, anonymousBytes() - beforeBytes)
      return { model, engine, engineInfo, slab, slabInfo }
    } catch (error) {
      await engine.close()
      slab.close()
      if (created) this.removeSlab(model.name)
      throw error
    }
  }

  /** Call when nothing uses the slab any more. */
  async unload({ engine, slab }: LoadedModel): Promise<void> {
    await engine.close()
    slab.close()
    trimHeap()
  }

  removeSlab(name: string): void {
    removeSlab(this.slabId(name), this.#slabs)
  }

  /** @param wanted names of the models whose slabs stay: ingest may be writing there. */
  removeOtherSlabs(wanted: readonly string[]): void {
    removeOtherSlabs(
      this.#device,
      wanted.map(name => this.slabId(name)),
      this.#slabs,
    )
  }

  slabId(name: string): string {
    return slabId(this.#device, name)
  }

  /** The most that it ever took: what it frees at an unload may be taken again without the process growing. */
  #measured(model: PreparedModel, grownBytes: number): void {
    const key = this.#key(model)
    const known = this.#costs.find(key)
    const engineBytes = Math.max(0, grownBytes, known ?? 0)
    if (engineBytes !== known) this.#costs.keep(key, engineBytes)
    this.#log.info({ model: model.name, engineBytes, grownBytes }, 'model loaded')
  }

  #key(model: PreparedModel): string {
    return costKey(model.digest, model.precision, this.#buckets(model))
  }

  #buckets(model: PreparedModel): number[] {
    return candidateBuckets(this.#config.infer.buckets, model.batch)
  }
}

/** A stream names a model; a path would let whoever may register streams open any file of this host. */
export function checkStreamModel(name: string): void {
  if (!name.includes('/') && !name.endsWith('.onnx')) return
  throw new RingsideError('model_not_found', `A stream names a model by its name, not by a path: ${name}.`, {
    key: 'model',
    value: name,
    remedy: 'Put the file into model.modelsDir, or add it with `ringside model add`.',
  })
}
