/** The models that a device knows: those that streams want, those in memory, and the default. Loads and unloads nothing. */
import type { FrameLedger } from '../../shared/slab/ledger.js'
import { type Bytes, noBytes, plus } from './bytes.js'
import { HostedModel, type RunningModel } from './hosted-model.js'
import type { Resident } from './room.js'

export class ModelTable {
  readonly #models = new Map<string, HostedModel>()
  #default: HostedModel | null = null
  #wanted = ''

  addDefault(name: string): HostedModel {
    this.#default = new HostedModel(name, true)
    this.#models.set(name, this.#default)
    return this.#default
  }

  get default(): HostedModel | null {
    return this.#default
  }

  get all(): HostedModel[] {
    return [...this.#models.values()]
  }

  get running(): RunningModel[] {
    return this.all.flatMap(({ running }) => running ?? [])
  }

  get charged(): Bytes {
    return this.running.reduce((sum, { charged }) => plus(sum, charged), noBytes)
  }

  get residents(): Resident[] {
    return this.all.flatMap(({ name, lastUsedMonoMs, inUse, running }) =>
      running ? [{ name, lastUsedMonoMs, inUse, charged: running.charged }] : [],
    )
  }

  *ledgers(): Iterable<FrameLedger> {
    for (const { inference } of this.running) yield* inference.reader.ledgers
  }

  find(name: string): HostedModel | undefined {
    return this.#models.get(name)
  }

  remove(name: string): void {
    this.#models.delete(name)
  }

  /** Notes what streams want now. @param wanted model → enabled streams that name it; null is the default model. */
  want(wanted: ReadonlyMap<string | null, number>, nowMs: number): void {
    for (const model of this.all) model.streams = 0
    for (const [name, streams] of wanted) this.#model(name).streams += streams
    for (const model of this.all) model.look(nowMs)
    const now = JSON.stringify(this.all.map(({ name, inUse }) => [name, inUse]))
    if (now !== this.#wanted) this.nudge()
    this.#wanted = now
  }

  /** Something changed that may have mended what failed: it is tried at once. */
  nudge(): void {
    for (const model of this.all) model.nudge()
  }

  #model(name: string | null): HostedModel {
    const known = name === null ? this.#default : this.#models.get(name)
    if (known) return known
    const fresh = new HostedModel(name as string, false)
    this.#models.set(fresh.name, fresh)
    return fresh
  }
}
