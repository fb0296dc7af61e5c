/** Brings one model into memory and out of it again: prepared, charged, its slab made, its engine warm. Decides nothing. */
import os from 'node:os'
import path from 'node:path'
import type { Config } from '../../config/schema.js'
import type { ModelProfile, ProfiledDevice } from '../../shared/budget/profile.js'
import type { ProfileSubject } from '../../shared/budget/staleness.js'
import { RingsideError } from '../../shared/errors.js'
import type { Log } from '../../shared/log.js'
import { trimHeap } from '../../shared/native/libc.js'
import type { EngineDevice } from '../engine/device.js'
import type { EngineInfo } from '../engine/engine.js'
import type { LoadedModel } from '../inference.js'
import { prepareModel } from '../model/prepare.js'
import type { PreparedModel } from '../model/prepared-model.js'
import { placesOf, plainPrecision, resolveModel } from '../model/resolve.js'
import { ProfileBook } from '../profile/book.js'
import { profiledDevice, subjectOf } from '../profile/subject.js'
import {
  openSlab,
  removeOtherSlabs,
  removeSlab,
  type SlabSettings,
  slabBytes,
  slabId,
} from '../slab-owner.js'
import { candidateBuckets, chooseThreads } from '../tune.js'
import type { Turn } from '../turn.js'
import type { Bytes } from './bytes.js'
import { type Charge, ModelCharges } from './charges.js'
import { anonymousBytes } from './memory.js'

export class ModelLoader {
  readonly #config: Config
  readonly #device: EngineDevice
  readonly #turn: Turn
  readonly #cacheDir: string
  readonly #charges: ModelCharges
  readonly slabs: SlabSettings
  readonly #log: Log

  /** Of every model that was prepared here: what its profile must be about. */
  readonly #subjects = new WeakMap<PreparedModel, ProfileSubject>()
  readonly #profiled: ProfiledDevice

  /**
   * @param profiles what models were measured to take of this device.
   * @param limit what models may hold together; absent: as the engine's own settings say.
   */
  constructor(
    config: Config,
    device: EngineDevice,
    turn: Turn,
    log: Log,
    private readonly profiles = new ProfileBook(log),
    private readonly limit: Bytes | null = null,
  ) {
    this.#config = config
    this.#device = device
    this.#turn = turn
    this.#log = log
    this.#cacheDir = path.join(config.dataDir, 'prepared')
    this.#profiled = profiledDevice(
      device.facts,
      chooseThreads(config.infer.threads, os.availableParallelism()),
    )
    this.slabs = { ...config.slab, installation: config.dataDir }
    this.#charges = new ModelCharges({
      device: device.facts,
      profileOf: model => this.#profileOf(model),
      slabBytes: model => slabBytes(model, this.slabs),
      buckets: model => this.#buckets(model),
    })
  }

  /** @throws RingsideError where the model is not there or of no use. */
  async prepare(name: string): Promise<PreparedModel> {
    const { kind } = this.#device.facts
    const plain = plainPrecision(this.#config.model.precision, kind)
    const found = await resolveModel(name, placesOf(this.#config), plain)
    const calibrationsDir = path.join(this.#config.dataDir, 'calibrations')
    const model = await prepareModel({ ...found, device: kind, cacheDir: this.#cacheDir, calibrationsDir })
    this.#subjects.set(model, await subjectOf(model, this.#profiled, this.#buckets(model)))
    return model
  }

  /** What a profile of a prepared model is about. */
  subjectOf(model: PreparedModel): ProfileSubject & { device: ProfiledDevice } {
    const subject = this.#subjects.get(model)
    if (!subject) throw new Error(`${model.name} was not prepared here`)
    return { ...subject, device: this.#profiled }
  }

  chargeOf(model: PreparedModel): Charge {
    return this.#charges.of(model)
  }

  /**
   * @returns the model, and what it is charged from now on.
   * @throws RingsideError `shm_too_small`, `engine_failed` or `gpu_lost`; nothing of the model is left then.
   */
  async load(model: PreparedModel, isDefault: boolean): Promise<{ loaded: LoadedModel; charged: Bytes }> {
    const { slab, info: slabInfo, created } = openSlab(this.#device.facts.id, model, isDefault, this.slabs)
    const engine = this.#device.createEngine()
    const beforeBytes = anonymousBytes()
    try {
      const engineInfo = await engine.load(model, slab.path, {
        buckets: this.#buckets(model),
        threads: chooseThreads(this.#config.infer.threads, os.availableParallelism()),
        ...(this.limit && { deviceBytes: this.limit.device }),
        turn: this.#turn.alone, // a bucket measured beside another batch would not be measured
      })
      const grownBytes = anonymousBytes() - beforeBytes
      const charged = this.#charges.took(model, engineInfo, grownBytes)
      this.#tell(model, engineInfo, grownBytes)
      return { loaded: { model, engine, engineInfo, slab, slabInfo }, charged }
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
    removeSlab(this.slabId(name), this.slabs)
  }

  /** @param wanted names of the models whose slabs stay: ingest may be writing there. */
  removeOtherSlabs(wanted: readonly string[]): void {
    removeOtherSlabs(
      this.#device.facts.id,
      wanted.map(name => this.slabId(name)),
      this.slabs,
    )
  }

  slabId(name: string): string {
    return slabId(this.#device.facts.id, name)
  }

  #tell(model: PreparedModel, info: EngineInfo, grownBytes: number): void {
    const { provider, deviceBytes, runMs, refusedBuckets } = info
    const { name, precision } = model
    const buckets = [...runMs.keys()]
    this.#log.info({ model: name, precision, provider, buckets, deviceBytes, grownBytes }, 'model loaded')
    for (const note of info.notes) this.#log.info({ model: name }, note)
    for (const [bucket, reason] of refusedBuckets)
      this.#log.warn({ model: name, bucket, reason }, 'a batch size cannot be had')
  }

  #profileOf(model: PreparedModel): ModelProfile | null {
    return this.profiles.find(this.subjectOf(model))
  }

  #buckets(model: PreparedModel): number[] {
    return candidateBuckets(this.#config.infer.buckets, model.batch, this.#device.facts.kind)
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
