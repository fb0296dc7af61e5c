/** What may be done to streams: records the desired state, and asks ingest to make it so. Knows nothing of HTTP. */
import type { StreamView } from '../../shared/api/views.js'
import { messageOf, RingsideError } from '../../shared/errors.js'
import type { Log } from '../../shared/log.js'
import type { ControlQueue, ProbeResult } from '../../shared/redis/control-queue.js'
import type { Reports } from '../../shared/redis/reports.js'
import { type SlabCapacity, type StreamRegistry, unknownStream } from '../../shared/redis/stream-registry.js'
import type { Sealer } from '../../shared/secrets/seal.js'
import type { DesiredStream, StreamSpec } from '../../shared/stream/stream.js'
import { contextOf, readSnapshot, runs } from '../snapshot.js'
import { checkModel } from './served-models.js'
import { parseSourceUrl } from './source-url.js'
import { streamView } from './stream-view.js'

/** The control queue only hastens ingest's own reconciliation: it is not waited for longer than this. */
const RECONCILE_WAIT_MS = 500
const DEFAULT_PRIORITY = 5

export interface StreamCommandParts {
  registry: StreamRegistry
  reports: Reports
  control: ControlQueue
  sealer: Sealer
  log: Log
}

export interface StreamCommandSettings {
  allowFileSources: boolean
  capacity: SlabCapacity
  probeTimeoutMs: number
}

export type NewStream = Pick<StreamSpec, 'id' | 'url'> & Partial<StreamSpec>
export type StreamChange = Partial<Omit<StreamSpec, 'id'>>

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

  async create(spec: NewStream): Promise<StreamView> {
    const { registry } = this.#parts
    const source = this.#sealed(spec.url)
    const model = await this.#checked(spec.model)
    const now = Date.now()
    const record = await registry.create(
      {
        id: spec.id,
        ...source,
        model: model ?? null,
        fps: spec.fps ?? null,
        priority: spec.priority ?? DEFAULT_PRIORITY,
        enabled: spec.enabled ?? true,
        decoder: spec.decoder ?? 'auto',
        revision: 1,
        createdAtMs: now,
        updatedAtMs: now,
      },
      this.#settings.capacity,
    )
    await this.#settle(record.enabled ? 'start' : 'stop', record.id)
    return this.#view(record)
  }

  async change(id: string, { url, ...change }: StreamChange): Promise<StreamView> {
    const source = url === undefined ? {} : this.#sealed(url)
    const model = await this.#checked(change.model)
    const named = model === undefined ? {} : { model }
    const record = await this.#parts.registry.update(id, before => ({
      ...before,
      ...change,
      ...named,
      ...source,
    }))
    await this.#settle(record.enabled ? 'start' : 'stop', id)
    return this.#view(record)
  }

  async remove(id: string): Promise<void> {
    await this.#parts.registry.remove(id)
    await this.#settle('stop', id)
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

  async #view(desired: DesiredStream): Promise<StreamView> {
    const { reports } = this.#parts
    const [actual, processes] = await Promise.all([reports.ofStream(desired.id), reports.processes()])
    return streamView(desired, actual, contextOf(processes))
  }

  /** The change is recorded by now: what goes wrong here delays it or endangers it in a crash, but undoes nothing. */
  async #settle(kind: 'start' | 'stop', id: string): Promise<void> {
    const { control, registry, log } = this.#parts
    const hastened = control.reconcile(kind, id).catch((error: unknown) => {
      log.warn({ stream: id, err: error }, 'ingest was not told of a change; it will find it by itself')
    })
    const persisted = registry.persist().catch((error: unknown) => {
      if (!this.#toldUnpersisted) log.warn({ reason: messageOf(error) }, 'Redis does not save on request')
      this.#toldUnpersisted = true
    })
    let timer: NodeJS.Timeout | undefined
    const enough = new Promise(resolve => {
      timer = setTimeout(resolve, RECONCILE_WAIT_MS)
    })
    await Promise.race([Promise.all([hastened, persisted]), enough])
    clearTimeout(timer)
  }
}
