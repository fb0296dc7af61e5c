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
import { monotonicMs } from '../../shared/clock.js'
import { RingsideError } from '../../shared/errors.js'
import type { Log } from '../../shared/log.js'
import type { FrameLedger } from '../../shared/slab/ledger.js'
import type { StateReason } from '../../shared/stream/stream.js'
import { isGpuLost } from '../engine/gpu-lost.js'
import type { LoadedModel } from '../inference.js'
import { startHeld } from '../memory/held.js'
import type { PreparedModel } from '../model/prepared-model.js'
import type { Bytes } from './bytes.js'
import type { Charge } from './charges.js'
import { drain } from './drain.js'
import type { HostedModel, Loaded, RunningModel } from './hosted-model.js'
import { inheritCounters } from './inherit.js'
import { checkStreamModel, type ModelLoader } from './loader.js'
import { ModelTable } from './model-table.js'
import { OneAtATime } from './one-at-a-time.js'
import type { HostOutlet, HostSettings } from './outlet.js'
import { type RebuildParts, rebuild } from './rebuild.js'
import { noRoom, unavailable } from './refusal.js'
import { makeRoom } from './room.js'

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

  /**
   * Makes the session of a model anew. @param mayPause where there is no room for a second one meanwhile, its detections may pause.
   * @returns false where it is not loaded, or was not loaded anew.
   */
  async rebuild(name: string, mayPause: boolean): Promise<boolean> {
    const model = this.#table.find(name)
    if (!model) return false
    try {
      const parts = this.#rebuilding(model, await this.#prepare(model))
      return await this.#memory.do(async () => !this.#closed && (await rebuild(model, parts, mayPause)))
    } catch (error) {
      this.log.warn({ model: name, err: error }, 'a session was not made anew; the one before serves on')
      return false
    }
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
      await this.#load(model, await this.#prepare(model))
    } catch (error) {
      this.#refuse(model, unavailable(model.name, error))
    } finally {
      model.loading = false
    }
  }

  #prepare({ isDefault, name }: HostedModel): Promise<PreparedModel> {
    return this.loader.prepare(isDefault ? this.settings.defaultModel : name)
  }

  #load(model: HostedModel, prepared: PreparedModel): Promise<void> {
    return this.#memory.do(async () => {
      if (this.#closed || !model.inUse) return
      const charge = this.loader.chargeOf(prepared)
      model.estimated = charge.estimated
      model.measured = charge.measured
      if (!(await this.#makeRoom(model, charge))) return
      this.#serve(model, await this.#loadOrDie(prepared, model))
    })
  }

  async #loadOrDie(prepared: PreparedModel, { isDefault }: HostedModel): Promise<Loaded> {
    const held = await startHeld()
    try {
      return { ...(await this.loader.load(prepared, isDefault)), held: await held() }
    } catch (error) {
      if (isGpuLost(error)) this.outlet.deviceLost(error)
      throw error
    }
  }

  #serve(model: HostedModel, of: Loaded): void {
    const { loaded, charged } = of
    const inference = this.outlet.infer(loaded, error => void this.#lost(model, loaded, error))
    model.measured = charged
    model.serves({ ...of, inference })
    inference.start()
    this.outlet.announce(loaded.slabInfo)
    const { name, estimated } = model
    this.log.info({ model: name, charged, estimated }, 'model served')
  }

  #rebuilding(model: HostedModel, prepared: PreparedModel): RebuildParts {
    const room = () =>
      makeRoom(this.#table.residents, this.loader.chargeOf(prepared).charged, this.settings.limit)
    return {
      hasRoom: () => room().fits && room().unload.length === 0,
      load: () => this.#loadOrDie(prepared, model),
      unload: ({ loaded }) => this.loader.unload(loaded),
      serve: loaded => this.#serve(model, loaded),
      failed: error => this.#refuse(model, unavailable(model.name, error)),
    }
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
      await drain(running)
      inheritCounters(running.inference.reader.ledgers, [...this.ledgers()])
    }
    this.loader.removeSlab(model.name)
    if (running) await this.loader.unload(running.loaded)
  }

  /** Its frames are counted by now. Other models go on; this one's slab stays, and what ingest writes there waits or is overwritten. */
  async #lost(model: HostedModel, loaded: LoadedModel, error: unknown): Promise<void> {
    if (isGpuLost(error)) this.outlet.deviceLost(error)
    const { running } = model
    if (this.#closed || running?.loaded !== loaded) return
    model.running = null
    this.log.error({ model: model.name, err: error }, 'the engine of a model failed; loading it again')
    this.#refuse(model, unavailable(model.name, error))
    await this.#memory.do(async () => {
      await drain(running)
      await this.loader.unload(running.loaded)
    })
  }

  #refuse(model: HostedModel, reason: StateReason): void {
    if (model.reason?.text !== reason.text)
      this.log.warn({ model: model.name, reason: reason.code }, `model not served: ${reason.text}`)
    model.failed(reason, monotonicMs())
  }
}
