/** The `onnxruntime` engine: the JavaScript API of onnxruntime-node on CPU, in a worker thread of its own. */
import os from 'node:os'
import { Worker } from 'node:worker_threads'
import { RingsideError } from '../../../shared/errors.js'
import { compiledModule } from '../../../shared/process/compiled.js'
import type { PreparedModel } from '../../model/prepared-model.js'
import type { Engine, EngineBatch, EngineInfo, EngineResult, EngineSettings } from '../engine.js'
import type { RunRequest, WorkerData, WorkerMessage } from './protocol.js'

interface Waiting {
  onUploaded: () => void
  resolve(result: EngineResult): void
  reject(error: Error): void
}

export class OnnxruntimeEngine implements Engine {
  #worker: Worker | null = null
  #nextId = 1
  readonly #waiting = new Map<number, Waiting>()
  #dead: RingsideError | null = null

  load(model: PreparedModel, slabPath: string, settings: EngineSettings): Promise<EngineInfo> {
    const workerData: WorkerData = { model, slabPath, buckets: settings.buckets, threads: settings.threads }
    const worker = new Worker(compiledModule(import.meta.url, './worker.js'), { workerData })
    this.#worker = worker
    return new Promise((resolve, reject) => {
      const fail = (error: RingsideError): void => {
        this.#die(error)
        reject(error)
      }
      worker.on('error', cause => fail(failed(`The inference thread died: ${cause.message}`, cause)))
      worker.on('exit', code => fail(failed(`The inference thread ended with code ${code}.`)))
      worker.on('message', (message: WorkerMessage) => {
        if (message.kind === 'loaded') resolve(infoOf(message.runMs))
        else if (message.kind === 'failed' && message.id === null) {
          fail(failed(`The model ${model.name} could not be loaded: ${message.message}`))
        } else this.#receive(message)
      })
    })
  }

  run(batch: EngineBatch, onUploaded: () => void): Promise<EngineResult> {
    if (this.#dead || !this.#worker) return Promise.reject(this.#dead ?? failed('The engine is not loaded.'))
    const request: RunRequest = { id: this.#nextId++, bucket: batch.bucket, slots: batch.slots }
    this.#worker.postMessage(request)
    return new Promise((resolve, reject) => this.#waiting.set(request.id, { onUploaded, resolve, reject }))
  }

  async close(): Promise<void> {
    this.#die(failed('The engine is closed.'))
    await this.#worker?.terminate()
  }

  #receive(message: Exclude<WorkerMessage, { kind: 'loaded' }>): void {
    const waiting = message.id === null ? undefined : this.#waiting.get(message.id)
    if (!waiting) return // closed meanwhile: its caller has been told
    if (message.kind === 'uploaded') {
      waiting.onUploaded()
      return
    }
    this.#waiting.delete(message.id as number)
    if (message.kind === 'result')
      waiting.resolve({ candidates: message.candidates, inferMs: message.inferMs })
    else waiting.reject(failed(`Inference failed: ${message.message}`))
  }

  #die(error: RingsideError): void {
    this.#dead ??= error
    for (const waiting of this.#waiting.values()) waiting.reject(this.#dead)
    this.#waiting.clear()
  }
}

function infoOf(runMs: [number, number][]): EngineInfo {
  return { engine: 'onnxruntime', device: os.cpus()[0]?.model.trim() ?? os.arch(), runMs: new Map(runMs) }
}

function failed(message: string, cause?: unknown): RingsideError {
  return new RingsideError('engine_failed', message, {
    remedy: '`ringside doctor` checks the engine and the model.',
    cause,
  })
}
