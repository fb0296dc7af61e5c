/**
 * The models of one device: loads what streams name, unloads what nobody uses, keeps one model's trouble from the others.
 *
 *               wanted               room, slab, engine
 *   (unknown) ─────────► loading ─────────────────────────► loaded ◄──► idle ── unused too long, or room is needed ──► (gone)
 *                           │  ▲                              │
 *                  no room, │  │ back-off, or something       │ its engine failed
 *                  no model ▼  │ changed                      │ (the slab stays: ingest goes on writing)
 *                          failed ◄───────────────────────────┘
 *
 * Models are prepared side by side; room is made and taken by one at a time, so that a charge is never counted on twice.
 */
import { monotonicMs, sleep } from '../../shared/clock.js'
import { RingsideError } from '../../shared/errors.js'
import type { Log } from '../../shared/log.js'
import type { SlabInfo } from '../../shared/slab/info.js'
import type { FrameLedger } from '../../shared/slab/ledger.js'
import type { StateReason } from '../../shared/stream/stream.js'
import { isGpuLost } from '../engine/gpu-lost.js'
import type { Inference, LoadedModel } from '../inference.js'
import type { PreparedModel } from '../model/prepared-model.js'
import type { Bytes } from './bytes.js'
import type { Charge } from './charges.js'
import type { HostedModel, RunningModel } from './hosted-model.js'
import { inheritCounters } from './inherit.js'
import { checkStreamModel, type ModelLoader } from './loader.js'
import { ModelTable } from './model-table.js'
import { OneAtATime } from './one-at-a-time.js'
import { noRoom, unavailable } from './refusal.js'
import { makeRoom } from './room.js'

/** A batch that has not ended by then is given up with its engine. */
const DRAIN_MS = 5000

export interface HostSettings {
  limit: Bytes
  unloadAfterMs: number
  /** As the settings name it; it may be a path. */
  defaultModel: string
}

/** What the host does to the world outside. */
export interface HostOutlet {
  announce(slab: SlabInfo): void
  withdraw(slabId: string): void
  /** Makes the inference of a loaded model; `onEngineFailure` may be called later, for each batch that fails. */
  infer(loaded: LoadedModel, onEngineFailure: (error: unknown) => void): Inference
  /** Nothing that the device gives may be published any more: ends the process. */
  deviceLost(error: RingsideError): void
}

export class ModelHost {
  readonly #table = new ModelTable()
  readonly #memory = new OneAtATime()
  #closed = false

  constructor(
    private readonly loader: ModelLoader,
    private readonly settings: HostSettings,
    private readonly outlet: HostOutlet,
    private readonly log: Log,
  ) {}

  /** Loads the default model. @throws RingsideError where it cannot be served: without it this process is of no use. */
  async start(): Promise<RunningModel> {
    const prepared = await this.loader.prepare(this.settings.defaultModel)
    const model = this.#table.addDefault(prepared.name)
    await this.#load(model, prepared)
    if (!model.running) throw new RingsideError('stage_failed', model.reason?.text ?? 'It was not loaded.')
    return model.running
  }

  get default(): HostedModel | null {
    return this.#table.default
  }

  get models(): HostedModel[] {
    return this.#table.all
  }

  get running(): RunningModel[] {
    return this.#table.running
  }

  get charged(): Bytes {
    return this.#table.charged
  }

  ledgers(): Iterable<FrameLedger> {
    return this.#table.ledgers()
  }

  /** Makes what is in memory what streams want. @param wanted model → enabled streams that name it; null is the default model. */
  reconcile(wanted: ReadonlyMap<string | null, number>): void {
    if (this.#closed) return
    const now = monotonicMs()
    this.#table.want(wanted, now)
    for (const model of this.models) {
      if (model.isDue(now)) void this.#bringUp(model)
      else if (!model.inUse) this.#letGo(model, now)
    }
  }

  /** The files of models changed: what failed is tried at once. */
  nudge(): void {
    this.#table.nudge()
  }

  /** Ends every model. Their slabs go with them: ingest keeps what it mapped until another is announced. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#memory.do(async () => {
      await Promise.all(this.models.map(model => this.#unload(model)))
    })
  }

  async #bringUp(model: HostedModel): Promise<void> {
    model.loading = true
    try {
      if (!model.isDefault) checkStreamModel(model.name)
      const prepared = await this.loader.prepare(model.isDefault ? this.settings.defaultModel : model.name)
      await this.#load(model, prepared)
    } catch (error) {
      this.#refuse(model, unavailable(model.name, error))
    } finally {
      model.loading = false
    }
  }

  #load(model: HostedModel, prepared: PreparedModel): Promise<void> {
    return this.#memory.do(async () => {
      if (this.#closed || !model.inUse) return
      const charge = this.loader.chargeOf(prepared)
      model.estimated = charge.estimated
      model.measured = charge.measured
      if (!(await this.#makeRoom(model, charge))) return
      const { loaded, charged } = await this.#loadOrDie(prepared, model)
      model.measured = charged
      this.#serve(model, loaded, charged)
    })
  }

  async #loadOrDie(prepared: PreparedModel, { isDefault }: HostedModel) {
    try {
      return await this.loader.load(prepared, isDefault)
    } catch (error) {
      if (isGpuLost(error)) this.outlet.deviceLost(error)
      throw error
    }
  }

  #serve(model: HostedModel, loaded: LoadedModel, charged: Bytes): void {
    const inference = this.outlet.infer(loaded, error => void this.#lost(model, error))
    model.serves({ loaded, inference, charged })
    inference.start()
    this.outlet.announce(loaded.slabInfo)
    const { name, estimated } = model
    this.log.info({ model: name, charged, estimated }, 'model served')
  }

  /** For all of its buckets, or else for the least with which it can be served. */
  async #makeRoom(model: HostedModel, { charged, least }: Charge): Promise<boolean> {
    const { limit } = this.settings
    const { residents } = this.#table
    const whole = makeRoom(residents, charged, limit)
    const { fits, unload, free } = whole.fits ? whole : makeRoom(residents, least, limit)
    if (!fits) {
      this.#refuse(model, noRoom(model.name, least, free, limit))
      return false
    }
    for (const name of unload) {
      this.log.info({ model: name, for: model.name }, 'unloading an unused model: its room is needed')
      await this.#forget(this.#table.find(name) as HostedModel)
    }
    return true
  }

  /** Nobody wants it: kept for a while, since the next stream may. What never was loaded is forgotten at once. */
  #letGo(model: HostedModel, nowMs: number): void {
    if (model.loading || (model.running && nowMs - model.lastUsedMonoMs < this.settings.unloadAfterMs)) return
    model.loading = true
    this.#memory
      .do(async () => {
        if (!model.inUse) await this.#forget(model)
      })
      .catch(error => this.log.error({ model: model.name, err: error }, 'a model was not unloaded cleanly'))
      .finally(() => {
        model.loading = false
      })
  }

  async #forget(model: HostedModel): Promise<void> {
    const was = model.running !== null
    await this.#unload(model)
    this.#table.remove(model.name)
    if (was) this.log.info({ model: model.name }, 'model unloaded')
    this.nudge() // there is room now
  }

  /** Out of memory, with its slab. */
  async #unload(model: HostedModel): Promise<void> {
    const { running } = model
    this.outlet.withdraw(this.loader.slabId(model.name))
    model.running = null // from here on nobody else looks at its slab
    if (running) {
      await this.#drain(running)
      inheritCounters(running.inference.reader.ledgers, [...this.ledgers()])
    }
    this.loader.removeSlab(model.name)
    if (running) await this.loader.unload(running.loaded)
  }

  /** Its frames are counted by now. Other models go on; this one's slab stays, and what ingest writes there waits or is overwritten. */
  async #lost(model: HostedModel, error: unknown): Promise<void> {
    if (isGpuLost(error)) this.outlet.deviceLost(error)
    const { running } = model
    if (this.#closed || !running) return
    model.running = null
    this.log.error({ model: model.name, err: error }, 'the engine of a model failed; loading it again')
    this.#refuse(model, unavailable(model.name, error))
    await this.#memory.do(async () => {
      await this.#drain(running)
      await this.loader.unload(running.loaded)
    })
  }

  /** The batches under way may end; an engine that hangs is closed under it. */
  async #drain({ inference, loaded }: RunningModel): Promise<void> {
    const drained = new AbortController()
    const closing = inference.close()
    await Promise.race([closing, sleep(DRAIN_MS, drained.signal)])
    drained.abort()
    await loaded.engine.close()
    await closing
  }

  #refuse(model: HostedModel, reason: StateReason): void {
    if (model.reason?.text !== reason.text)
      this.log.warn({ model: model.name, reason: reason.code }, `model not served: ${reason.text}`)
    model.failed(reason, monotonicMs())
  }
}
