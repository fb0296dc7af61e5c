/** Actual state: what the stages report of streams, slabs and themselves, and how the others read it. */
import type { Redis } from 'ioredis'
import type { Degradation } from '../budget/degradation.js'
import type { CatalogueEntry } from '../model/catalogue-entry.js'
import type { ModelRecord } from '../model/model-record.js'
import type { ProcessReport } from '../process/report.js'
import type { SlabInfo } from '../slab/info.js'
import type { InferReport, IngestReport } from '../stream/stream.js'
import type { Keys } from './keys.js'

/** A process that has not reported for this long is taken for dead. */
export const PROCESS_TIMEOUT_MS = 5000
const FORGET_AFTER_MS = 60_000
const ACTUAL_TTL_S = 3600

export interface ActualStream {
  ingest: IngestReport | null
  infer: InferReport | null
  /** What is in force instead of what is declared; null or absent: nothing. */
  degradation?: Degradation | null
}

export class Reports {
  readonly #redis: Redis
  readonly #keys: Keys

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis
    this.#keys = keys
  }

  async ofStream(id: string): Promise<ActualStream> {
    const [{ ingest, infer }, degradation] = await Promise.all([
      this.#redis.hgetall(this.#keys.actual(id)),
      this.#redis.hget(this.#keys.degradations, id),
    ])
    const parsed = (json: string | null | undefined) => (json ? JSON.parse(json) : null)
    return { ingest: parsed(ingest), infer: parsed(infer), degradation: parsed(degradation) }
  }

  async writeIngest(id: string, report: IngestReport): Promise<void> {
    await this.#writeActual(id, 'ingest', report)
  }

  async writeInfer(id: string, report: InferReport): Promise<void> {
    await this.#writeActual(id, 'infer', report)
  }

  /**
   * A last report may cross the stream's removal: it must not stay for ever. Both commands leave in one write; as a
   * transaction they would take thrice the time, which is that of every frame that waits while hundreds of streams report.
   */
  async #writeActual(id: string, stage: string, report: IngestReport | InferReport): Promise<void> {
    const key = this.#keys.actual(id)
    await Promise.all([
      this.#redis.hset(key, stage, JSON.stringify(report)),
      this.#redis.expire(key, ACTUAL_TTL_S),
    ])
  }

  async slabs(): Promise<SlabInfo[]> {
    return Object.values(await this.#redis.hgetall(this.#keys.slabs)).map(
      json => JSON.parse(json) as SlabInfo,
    )
  }

  async announceSlab(slab: SlabInfo): Promise<void> {
    await this.#redis.hset(this.#keys.slabs, slab.id, JSON.stringify(slab))
  }

  async withdrawSlab(id: string): Promise<void> {
    await this.#redis.hdel(this.#keys.slabs, id)
  }

  /** The models that can be named on a device; they stay known while its infer process restarts. */
  async writeModels(device: string, models: readonly ModelRecord[]): Promise<void> {
    await this.#redis.hset(this.#keys.models, device, JSON.stringify(models))
  }

  /** Nobody serves the device any more. */
  async removeModels(device: string): Promise<void> {
    await this.#redis.hdel(this.#keys.models, device)
  }

  /** Of all devices, each name once. */
  async models(): Promise<ModelRecord[]> {
    const lists = Object.values(await this.#redis.hgetall(this.#keys.models))
    const all = lists.flatMap(json => JSON.parse(json) as ModelRecord[])
    return [...new Map(all.map(record => [record.name, record])).values()]
  }

  /** What can be pulled by name: infer reads it from its file, publish answers it. */
  async writeCatalogue(models: readonly CatalogueEntry[]): Promise<void> {
    await this.#redis.set(this.#keys.catalogue, JSON.stringify(models))
  }

  async catalogue(): Promise<CatalogueEntry[]> {
    return JSON.parse((await this.#redis.get(this.#keys.catalogue)) ?? '[]') as CatalogueEntry[]
  }

  async writeProcess(report: ProcessReport): Promise<void> {
    await this.#redis.hset(this.#keys.processes, `${report.stage}:${report.instance}`, JSON.stringify(report))
  }

  async removeProcess(report: Pick<ProcessReport, 'stage' | 'instance'>): Promise<void> {
    await this.#redis.hdel(this.#keys.processes, `${report.stage}:${report.instance}`)
  }

  /** The processes that are alive; long dead ones are forgotten. */
  async processes(): Promise<ProcessReport[]> {
    const now = Date.now()
    const all = Object.entries(await this.#redis.hgetall(this.#keys.processes)).map(
      ([field, json]) => [field, JSON.parse(json) as ProcessReport] as const,
    )
    const forgotten = all.filter(([, report]) => now - report.atMs > FORGET_AFTER_MS).map(([field]) => field)
    if (forgotten.length > 0) await this.#redis.hdel(this.#keys.processes, ...forgotten)
    return all.map(([, report]) => report).filter(report => now - report.atMs <= PROCESS_TIMEOUT_MS)
  }
}
