/** What all streams of a device take together, at the settings that they have: the sums of `sum.ts`, kept while one stream after the other changes. */
import type { DegradableStream, StreamLoad } from './degradable.js'
import { type Amounts, noAmounts, type Resource, resources } from './resources.js'
import { levelOf, type Setting } from './setting.js'

export class Totals {
  readonly #streams: ReadonlyMap<string, DegradableStream>
  readonly #settings: Map<string, Setting>
  /** null while it is paused. */
  readonly #loads = new Map<string, StreamLoad | null>()
  readonly #held: readonly StreamLoad[]
  #sum: Amounts = noAmounts

  /** @param settings of each stream; they are changed by `set`. */
  constructor(
    streams: readonly DegradableStream[],
    held: readonly StreamLoad[],
    settings: Map<string, Setting>,
  ) {
    this.#streams = new Map(streams.map(stream => [stream.id, stream]))
    this.#settings = settings
    this.#held = held
    for (const { own } of held) this.#sum = plus(this.#sum, own, 1)
    for (const model of new Set(held.map(load => load.model)))
      this.#sum = plus(this.#sum, this.#sharedOf(model, null, null), 1)
    for (const { id } of streams) {
      this.#loads.set(id, null)
      this.#change(id, this.#load(id, this.settingOf(id)))
    }
  }

  get sum(): Amounts {
    return this.#sum
  }

  settingOf(id: string): Setting {
    return this.#settings.get(id) as Setting
  }

  /** null while it is paused. */
  loadOf(id: string): StreamLoad | null {
    return this.#loads.get(id) ?? null
  }

  /** The sum if one stream had another setting. */
  sumWith(id: string, setting: Setting): Amounts {
    return this.#sumIf(id, this.#load(id, setting))
  }

  set(id: string, setting: Setting): void {
    this.#settings.set(id, setting)
    this.#change(id, this.#load(id, setting))
  }

  /** Of those that do not run as declared. */
  degraded(): Map<string, Setting> {
    return new Map([...this.#settings].filter(([, setting]) => levelOf(setting) > 0))
  }

  #change(id: string, load: StreamLoad | null): void {
    this.#sum = this.#sumIf(id, load)
    this.#loads.set(id, load)
  }

  #sumIf(id: string, after: StreamLoad | null): Amounts {
    const before = this.loadOf(id)
    let sum = plus(plus(this.#sum, before?.own ?? noAmounts, -1), after?.own ?? noAmounts, 1)
    if (before && after && before.model === after.model && equal(before.shared, after.shared)) return sum
    for (const model of new Set([before?.model, after?.model])) {
      if (model === undefined) continue
      sum = plus(sum, this.#sharedOf(model, id, before), -1)
      sum = plus(sum, this.#sharedOf(model, id, after), 1)
    }
    return sum
  }

  /** The fixed part of a model if the stream `id` took `load`: of each resource the most that anybody needs. */
  #sharedOf(model: string, id: string | null, load: StreamLoad | null): Amounts {
    const most = { ...noAmounts }
    const need = (one: StreamLoad | null): void => {
      if (one?.model !== model) return
      for (const resource of resources) most[resource] = Math.max(most[resource], one.shared[resource])
    }
    for (const [other, one] of this.#loads) if (other !== id) need(one)
    for (const one of this.#held) need(one)
    need(load)
    return most
  }

  #load(id: string, setting: Setting): StreamLoad | null {
    return setting.paused ? null : (this.#streams.get(id) as DegradableStream).load(setting)
  }
}

function plus(a: Amounts, b: Amounts, times: 1 | -1): Amounts {
  const sum = { ...a }
  for (const resource of resources) sum[resource] += times * b[resource]
  return sum
}

function equal(a: Amounts, b: Amounts): boolean {
  return resources.every(resource => a[resource] === b[resource])
}

/** The lowest first. */
export function prioritiesOf(streams: readonly DegradableStream[]): number[] {
  return [...new Set(streams.map(({ priority }) => priority))].sort((a, b) => a - b)
}

/** Sorts those that take the most of a resource first; of equals by name, so that the order is the same each time. */
export function dearer(a: DegradableStream, b: DegradableStream, totals: Totals, resource: Resource): number {
  const of = (stream: DegradableStream): number => (totals.loadOf(stream.id)?.own ?? noAmounts)[resource]
  return of(b) - of(a) || (a.id < b.id ? -1 : 1)
}
