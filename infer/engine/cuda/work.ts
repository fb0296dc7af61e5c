/** All that the thread of a GPU has to do: models that load, models at work. `step` does what can be done now. */
import { monotonicMs } from '../../../shared/clock.js'
import { messageOf, RingsideError } from '../../../shared/errors.js'
import { whenToLoad } from './flow.js'
import { Gpu } from './gpu.js'
import { GpuModel } from './gpu-model.js'
import { type LoadedModel, loadModel } from './load.js'
import type { GpuMessage, GpuRequest, LoadRequest, ThreadData } from './protocol.js'
import type { LoadStep } from './warm-up.js'

/** A model that loads. */
interface Loading {
  request: LoadRequest
  steps: Generator<LoadStep, LoadedModel>
  awaitsTurn: boolean
  /** Since when its next step could have been done (`monotonicMs()`). */
  readyMs: number
}

export class Work {
  readonly #data: ThreadData
  readonly #send: (message: GpuMessage) => void
  readonly #models = new Map<number, GpuModel>()
  readonly #loadings: Loading[] = []
  #gpu: Gpu | null = null

  constructor(data: ThreadData, send: (message: GpuMessage) => void) {
    this.#data = data
    this.#send = send
  }

  receive(request: Exclude<GpuRequest, { kind: 'close' }>): void {
    if (request.kind === 'load') this.#load(request)
    else if (request.kind === 'turn_given') this.#turnGiven(request.model)
    else if (request.kind === 'unload') this.#unload(request.model)
    else if (request.kind === 'stats') this.#models.get(request.model)?.sendStats()
    else this.#models.get(request.model)?.accept(request)
  }

  /**
   * @returns 0 where something happened, milliseconds to nap where results are awaited, null where only a request leads on.
   * @throws where the device is lost.
   */
  step(): number | null {
    const loading = this.#loadings.find(({ awaitsTurn }) => !awaitsTurn)
    const begin = !loading || this.#whenToLoad(loading) !== 'drain'
    let moved = false
    for (const model of this.#models.values()) moved = model.step(begin) || moved
    if (loading && !moved && this.#whenToLoad(loading) === 'now') {
      this.#advance(loading)
      moved = true
    }
    if (moved) return 0
    return this.#underWay() > 0 ? this.#napMs() : null
  }

  /** Gives everything back. */
  close(): void {
    for (const model of [...this.#models.keys(), ...this.#loadings.map(({ request }) => request.model)]) {
      this.#unload(model)
    }
    this.#gpu?.close()
    this.#gpu = null
  }

  /** The first model brings the device up: what is wrong with it is that model's failure. */
  #load(request: LoadRequest): void {
    try {
      this.#gpu ??= new Gpu(this.#data)
      const steps = loadModel(this.#gpu, request)
      this.#loadings.push({ request, steps, awaitsTurn: false, readyMs: monotonicMs() })
    } catch (error) {
      this.#loadFailed(request.model, error)
    }
  }

  #advance(loading: Loading): void {
    const { model } = loading.request
    try {
      const { done, value } = loading.steps.next()
      if (done) this.#loaded(loading, value)
      else if (value !== 'step') this.#send({ kind: value, model })
      loading.awaitsTurn = value === 'turn_wanted'
      loading.readyMs = monotonicMs()
    } catch (error) {
      this.#forget(loading)
      if (this.#gpu?.isLost) throw error
      this.#loadFailed(model, error)
    }
  }

  #loaded(loading: Loading, loaded: LoadedModel): void {
    const { model } = loading.request
    this.#forget(loading)
    const atWork = new GpuModel(this.#gpu as Gpu, model, loaded, this.#send)
    this.#models.set(model, atWork)
    this.#send({ kind: 'loaded', model, info: loaded.info })
    atWork.sendStats()
  }

  #turnGiven(model: number): void {
    const loading = this.#loadings.find(({ request }) => request.model === model)
    if (loading) loading.awaitsTurn = false
    else this.#send({ kind: 'turn_over', model }) // unloaded meanwhile
  }

  #unload(model: number): void {
    const loading = this.#loadings.find(({ request }) => request.model === model)
    if (loading) {
      this.#forget(loading)
      loading.steps.return(undefined as never)
    }
    this.#models.get(model)?.close()
    this.#models.delete(model)
    this.#send({ kind: 'unloaded', model })
  }

  #forget(loading: Loading): void {
    this.#loadings.splice(this.#loadings.indexOf(loading), 1)
  }

  #loadFailed(model: number, error: unknown): void {
    const { key, remedy } = error instanceof RingsideError ? error : {}
    const why = { ...(key && { key }), ...(remedy && { remedy }) }
    this.#send({ kind: 'load_failed', model, message: messageOf(error), ...why })
  }

  #whenToLoad({ readyMs }: Loading): ReturnType<typeof whenToLoad> {
    return whenToLoad(this.#underWay(), monotonicMs() - readyMs)
  }

  #underWay(): number {
    return [...this.#models.values()].reduce((sum, model) => sum + model.underWay, 0)
  }

  #napMs(): number {
    return Math.min(...[...this.#models.values()].filter(({ underWay }) => underWay > 0).map(m => m.napMs()))
  }
}
