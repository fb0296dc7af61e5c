/** What may be done to models: reads what infer has recorded, and asks its jobs for the rest. Knows nothing of HTTP. */
import { closest } from 'fastest-levenshtein'
import type { JobView, ModelView } from '../../shared/api/views.js'
import type { ModelProfile } from '../../shared/budget/profile.js'
import { RingsideError } from '../../shared/errors.js'
import type { CatalogueEntry } from '../../shared/model/catalogue-entry.js'
import type { ModelJobRequest } from '../../shared/model/model-job.js'
import { joinModelName, precisions, splitModelName } from '../../shared/model/model-name.js'
import type { ModelQueue } from '../../shared/redis/model-queue.js'
import type { Profiles } from '../../shared/redis/profiles.js'
import type { Reports } from '../../shared/redis/reports.js'
import type { StreamRegistry } from '../../shared/redis/stream-registry.js'
import { runs } from '../snapshot.js'
import { modelViews } from './model-view.js'

export interface ModelCommandParts {
  registry: StreamRegistry
  reports: Reports
  jobs: ModelQueue
  profiles: Profiles
}

export class ModelCommands {
  readonly #parts: ModelCommandParts

  constructor(parts: ModelCommandParts) {
    this.#parts = parts
  }

  async list(): Promise<ModelView[]> {
    const { registry, reports } = this.#parts
    const [records, streams, processes] = await Promise.all([
      reports.models(),
      registry.list(),
      reports.processes(),
    ])
    return modelViews({ records, streams, processes })
  }

  /** @throws RingsideError `model_not_found` */
  async find(name: string): Promise<ModelView> {
    const wanted = canonical(name)
    const models = await this.list()
    const found = models.find(model => model.name === wanted)
    if (found) return found
    throw notFound(
      wanted,
      models.map(model => model.name),
      'GET /api/v1/models lists them',
    )
  }

  /** What it was measured to take of each device. @throws RingsideError `model_not_found` */
  async profiles(name: string): Promise<ModelProfile[]> {
    const { name: model } = await this.find(name)
    return (await this.#parts.profiles.list()).filter(profile => profile.model === model)
  }

  /** Empty until an infer process has said what it holds. */
  catalogue(): Promise<CatalogueEntry[]> {
    return this.#parts.reports.catalogue()
  }

  /** @throws RingsideError `model_not_found`, `infer_unavailable`, `too_many_jobs` */
  async pull(name: string): Promise<JobView> {
    await this.checkInfer()
    const names = (await this.catalogue()).map(entry => entry.name)
    if (!names.includes(name))
      throw notFound(name, names, 'GET /api/v1/models/catalogue lists what can be pulled')
    return this.#parts.jobs.add({ kind: 'pull', model: name, options: {} })
  }

  /** @param options with `file`: where the upload lies, on a disk that infer has too. @throws RingsideError `too_many_jobs` */
  async add(name: string, options: ModelJobRequest['options']): Promise<JobView> {
    return this.#parts.jobs.add({ kind: 'add', model: name, options })
  }

  /** @throws RingsideError as `find`, and `infer_unavailable`, `too_many_jobs` */
  async start(
    kind: ModelJobRequest['kind'],
    name: string,
    options: ModelJobRequest['options'],
  ): Promise<JobView> {
    await this.checkInfer()
    const { name: model } = await this.find(name)
    return this.#parts.jobs.add({ kind, model, options })
  }

  /** In whatever precision a stream uses it. @throws RingsideError `model_not_found`, `model_in_use`, `infer_unavailable` */
  async remove(name: string): Promise<JobView> {
    await this.checkInfer()
    const models = await this.list()
    const variants = precisions.map(precision => joinModelName(name, precision))
    const found = models.filter(model => variants.includes(model.name))
    if (!found.some(({ origin }) => origin === 'registry')) {
      const removable = models.filter(
        ({ origin, precision }) => origin === 'registry' && precision === 'fp32',
      )
      throw notFound(
        name,
        removable.map(model => model.name),
        'only models that were pulled or added can be removed',
      )
    }
    const streams = found.flatMap(model => model.streams)
    if (streams.length > 0) throw modelInUse(name, streams)
    return this.#parts.jobs.add({ kind: 'rm', model: name, options: {} })
  }

  /** Work that nobody would do is not taken on. @throws RingsideError `infer_unavailable` */
  async checkInfer(): Promise<void> {
    if (runs(await this.#parts.reports.processes(), 'infer')) return
    throw new RingsideError('infer_unavailable', 'No infer process runs, so nobody would do this job.', {
      remedy: 'Start `ringside infer`; /readyz tells when it is there.',
    })
  }
}

/** fp32 may be named, but the record has no suffix. */
function canonical(name: string): string {
  const split = splitModelName(name)
  return split ? joinModelName(split.base, split.precision) : name
}

function notFound(name: string, names: readonly string[], how: string): RingsideError {
  const near = names.length > 0 ? ` The nearest name is ${closest(name, [...names])}.` : ''
  return new RingsideError('model_not_found', `There is no model ${name} here.${near}`, {
    key: 'name',
    value: name,
    remedy: `${how}${names.length > 0 ? `: ${names.join(', ')}` : '; there are none now'}.`,
  })
}

function modelInUse(name: string, streams: readonly string[]): RingsideError {
  return new RingsideError('model_in_use', `Streams use ${name}: ${streams.join(', ')}.`, {
    key: 'name',
    value: name,
    remedy: 'Give them another model (PATCH /api/v1/streams/{id}), then remove it.',
  })
}
