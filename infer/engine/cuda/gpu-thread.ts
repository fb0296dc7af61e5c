/** The thread of one GPU, as its engines see it: one for all models there, started by the first of them. */
import { Worker } from 'node:worker_threads'
import { sleep } from '../../../shared/clock.js'
import { RingsideError } from '../../../shared/errors.js'
import { compiledModule } from '../../../shared/process/compiled.js'
import type { GpuMessage, GpuRequest, ModelMessage, ThreadData } from './protocol.js'
import type { ProvidersFound } from './provider-choice.js'

export interface GpuThreadSettings {
  /** Of the device, as CUDA counts them. */
  ordinal: number
  /** Path of `libonnxruntime.so.1`; the provider's libraries lie beside it. */
  ortLibrary: string
  /** Which providers can be used, and why not. */
  found: ProvidersFound
  /** Folder for what is built once for this GPU: engines of TensorRT. */
  cacheDir: string
}

/** What an engine does with what the thread tells it. */
export interface Listener {
  receive(message: ModelMessage): void
  /** The thread is gone, and everything with it. */
  died(error: RingsideError): void
}

/** Models give back device memory within milliseconds; a step of loading that is under way can take seconds. */
const CLOSE_GRACE_MS = 10_000

export class GpuThread {
  readonly settings: GpuThreadSettings
  readonly #bell = new Int32Array(new SharedArrayBuffer(4))
  readonly #listeners = new Map<number, Listener>()
  #worker: Worker | null = null
  #ended: Promise<void> = Promise.resolve()
  #nextModel = 1
  #dead: RingsideError | null = null

  constructor(settings: GpuThreadSettings) {
    this.settings = settings
  }

  /** @returns the number that the engine's requests carry. @throws RingsideError where the thread is gone. */
  join(listener: Listener): number {
    if (this.#dead) throw this.#dead
    this.#worker ??= this.#start()
    const model = this.#nextModel++
    this.#listeners.set(model, listener)
    return model
  }

  leave(model: number): void {
    this.#listeners.delete(model)
  }

  send(request: GpuRequest): void {
    this.#worker?.postMessage(request)
    Atomics.add(this.#bell, 0, 1)
    Atomics.notify(this.#bell, 0)
  }

  /** Ends the thread once it gave everything back. Idempotent, and bounded in time. */
  async close(): Promise<void> {
    this.#dead ??= new RingsideError('engine_failed', 'The thread of the GPU is closed.')
    this.send({ kind: 'close' })
    const ended = new AbortController()
    await Promise.race([this.#ended, sleep(CLOSE_GRACE_MS, ended.signal)])
    ended.abort()
    this.#die(this.#dead)
    await this.#worker?.terminate()
  }

  #start(): Worker {
    const { ordinal, ortLibrary } = this.settings
    const workerData: ThreadData = { ordinal, ortLibrary, bell: this.#bell.buffer as SharedArrayBuffer }
    const worker = new Worker(compiledModule(import.meta.url, './worker.js'), { workerData })
    this.#ended = new Promise(resolve => worker.once('exit', () => resolve()))
    worker.on('error', cause => this.#die(lost(`its thread died: ${cause.message}`)))
    worker.on('exit', code => this.#die(lost(`its thread ended with code ${code}`)))
    worker.on('message', (message: GpuMessage) => {
      if (message.kind === 'lost') this.#die(lost(message.message))
      else this.#listeners.get(message.model)?.receive(message)
    })
    return worker
  }

  #die(error: RingsideError): void {
    this.#dead ??= error
    const listeners = [...this.#listeners.values()]
    this.#listeners.clear()
    for (const listener of listeners) listener.died(this.#dead)
  }
}

function lost(why: string): RingsideError {
  return new RingsideError('gpu_lost', `The GPU cannot be used by this process any more: ${why}`, {
    remedy: 'Ringside starts the process again; `dmesg` shows an Xid where the device itself failed.',
  })
}
