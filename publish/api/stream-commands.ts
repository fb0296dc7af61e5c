/** What may be done to streams: records the desired state, and asks ingest to make it so. Knows nothing of HTTP. */
import type { StreamView } from '../../shared/api/views.js'
import type { HistoryEntry } from '../../shared/budget/degradation.js'
import { messageOf, RingsideError } from '../../shared/errors.js'
import type { Log } from '../../shared/log.js'
import type { ControlQueue, ProbeResult } from '../../shared/redis/control-queue.js'
import type { History } from '../../shared/redis/history.js'
import type { Reports } from '../../shared/redis/reports.js'
import {
  type SlabCapacity,
  type StreamRegistry,
  streamExists,
  unknownStream,
  type WithChange,
} from '../../shared/redis/stream-registry.js'
import type { Sealer } from '../../shared/secrets/seal.js'
import type { DesiredStream } from '../../shared/stream/stream.js'
import type { DemandingStream } from '../demand.js'
import { contextOf, readSnapshot, runs } from '../snapshot.js'
import type { AdmissionDesk, Request } from './admission.js'
import { checkModel } from './served-models.js'
import { parseSourceUrl } from './source-url.js'
import {
  asksForRoom,
  changedEntry,
  createdEntry,
  demanding,
  type NewStream,
  newRecord,
  removedEntry,
  type StreamChange,
} from './stream-record.js'
import { streamView } from './stream-view.js'
import { waitBriefly } from './wait-briefly.js'

export interface StreamCommandParts {
  registry: StreamRegistry
  reports: Reports
  control: ControlQueue
  sealer: Sealer
  admission: AdmissionDesk
  history: History
  log: Log
}

export interface StreamCommandSettings {
  allowFileSources: boolean
  capacity: SlabCapacity
  probeTimeoutMs: number
}

export class StreamCommands {
  readonly #parts: StreamCommandParts
  readonly #settings: StreamCommandSettings
  #toldUnpersisted = false

  constructor(parts: StreamCommandParts, settings: StreamCommandSettings) {
    this.#parts = parts
    this.#settings = settings
  }

  async list(): Promise<StreamView[]> {
    const snapshot = await readSnapshot(this.#parts.registry, this.#parts.reports)
    return snapshot.streams.map(({ desired, actual }) => streamView(desired, actual, snapshot))
  }

  async find(id: string): Promise<StreamView> {
    const desired = await this.#parts.registry.find(id)
    if (!desired) throw unknownStream(id)
    return this.#view(desired)
  }

  /**
   * @param by whose change it is, for the history. @returns the stream, with what it takes of its device.
   * @throws RingsideError `stream_exists`, `slab_full`, `budget_exceeded` or `unknown_model`; nothing is registered then.
   */
  async create(spec: NewStream, by: string): Promise<StreamView> {
    const { registry, admission } = this.#parts
    const { capacity } = this.#settings
    const slots = spec.ringSlots ?? capacity.ringSlots
    const source = this.#sealed(spec.url)
    const models = await this.#checkedModels(spec)
    const record = newRecord({ ...spec, ...models }, source)
    if (await registry.find(record.id)) throw streamExists(record.id) // no budget bears on it
    const entry = createdEntry(record, slots, by)
    const [made, request] = await admission.take(async () => {
      const stream = demanding(record, slots)
      const request = record.enabled ? await admission.ask(stream, null) : null
      const reserve = request ?? (await admission.park(stream))
      return [await registry.create(record, capacity, { slots, reserve, entry }), request] as const
    })
    await this.#settle(made.enabled ? 'start' : 'stop', made.id)
    return this.#view(made, request)
  }

  /** As `create`. Nothing is changed where it throws. */
  async change(id: string, change: StreamChange, by: string): Promise<StreamView> {
    const { registry, admission } = this.#parts
    const { url, ringSlots, ...fields } = change
    const source = url === undefined ? {} : this.#sealed(url)
    const models = await this.#checkedModels(fields)
    const apply = (before: DesiredStream): DesiredStream => ({ ...before, ...fields, ...models, ...source })
    let request: Request | null = null
    const withChange = async (before: DesiredStream, after: DesiredStream): Promise<WithChange> => {
      const slots = ringSlots ?? before.ring.slots.length
      const entry = changedEntry(before, after, { slots, withUrl: url !== undefined }, by)
      const isFact = !after.enabled || !asksForRoom(change)
      const stream = demanding(after, slots)
      request = after.enabled ? await this.#request(stream, isFact, url !== undefined) : null
      return { reserve: request ?? (await admission.park(stream)), isFact, entry }
    }
    const slots =
      ringSlots === undefined ? {} : { slots: { wanted: ringSlots, capacity: this.#settings.capacity } }
    const record = await admission.take(() => registry.update(id, apply, { ...slots, withChange }))
    await this.#settle(record.enabled ? 'start' : 'stop', id)
    return this.#view(record, request)
  }

  async remove(id: string, by: string): Promise<void> {
    await this.#parts.registry.remove(id, removedEntry(id, by))
    await this.#settle('stop', id)
  }

  /** Its newest lines, newest last; of a removed one for some days still. @throws RingsideError `unknown_stream` */
  async history(id: string, most?: number): Promise<HistoryEntry[]> {
    const { history, registry } = this.#parts
    const entries = await history.of(id, most)
    if (entries.length === 0 && !(await registry.find(id))) throw unknownStream(id)
    return entries
  }

  /** Tries a camera without registering it. @throws RingsideError `ingest_unavailable` */
  async probe(url: string): Promise<ProbeResult> {
    const { sealedUrl } = this.#sealed(url)
    if (!runs(await this.#parts.reports.processes(), 'ingest')) {
      throw new RingsideError('ingest_unavailable', 'No ingest process runs, so no camera can be tried.', {
        remedy: 'Start `ringside ingest`; /readyz tells when it is there.',
      })
    }
    return this.#parts.control.probe(sealedUrl, this.#settings.probeTimeoutMs)
  }

  /** What an operator declared must outlive a crash; a Redis that does not save on request is told of once. */
  async persist(): Promise<void> {
    const { registry, log } = this.#parts
    await registry.persist().catch((error: unknown) => {
      if (!this.#toldUnpersisted) log.warn({ reason: messageOf(error) }, 'Redis does not save on request')
      this.#toldUnpersisted = true
    })
  }

  /** @param isNewSource what was seen of the camera before says nothing of it. */
  async #request(stream: DemandingStream, isFact: boolean, isNewSource: boolean): Promise<Request | null> {
    const { admission, reports } = this.#parts
    const seen = isNewSource ? null : (await reports.ofStream(stream.id)).ingest
    return isFact ? admission.costs(stream, seen) : admission.ask(stream, seen)
  }

  /** Those that are given, by their one name. */
  async #checkedModels({ model, fallbackModel }: StreamChange): Promise<StreamChange> {
    const [one, other] = [await this.#checked(model), await this.#checked(fallbackModel)]
    return { ...(one !== undefined && { model: one }), ...(other !== undefined && { fallbackModel: other }) }
  }

  /** @returns the one name of the model. @throws RingsideError `unknown_model` */
  async #checked(model: string | null | undefined): Promise<string | null | undefined> {
    if (model === null || model === undefined) return model
    const { reports } = this.#parts
    const [records, processes] = await Promise.all([reports.models(), reports.processes()])
    return checkModel(model, records, processes)
  }

  #sealed(url: string): Pick<DesiredStream, 'sealedUrl' | 'shownUrl'> {
    const source = parseSourceUrl(url, this.#settings.allowFileSources)
    return { sealedUrl: this.#parts.sealer.seal(source.clear), shownUrl: source.shown }
  }

  async #view(desired: DesiredStream, request: Request | null = null): Promise<StreamView> {
    const { reports, admission } = this.#parts
    const [actual, processes] = await Promise.all([reports.ofStream(desired.id), reports.processes()])
    const view = streamView(desired, actual, contextOf(processes))
    return request ? { ...view, admission: await admission.granted(request) } : view
  }

  /** The change is recorded by now: what goes wrong here delays it or endangers it in a crash, but undoes nothing. */
  async #settle(kind: 'start' | 'stop', id: string): Promise<void> {
    const { control, log } = this.#parts
    const hastened = control.reconcile(kind, id).catch((error: unknown) => {
      log.warn({ stream: id, err: error }, 'ingest was not told of a change; it will find it by itself')
    })
    await waitBriefly(hastened, this.persist())
  }
}
