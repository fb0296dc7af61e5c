/** The `onnxruntime` engine: the JavaScript API of onnxruntime-node on CPU, in a worker thread of its own. */
import os from 'node:os'
import { Worker } from 'node:worker_threads'
import { sleep } from '../../../shared/clock.js'
import type { RingsideError } from '../../../shared/errors.js'
import { compiledModule } from '../../../shared/process/compiled.js'
import type { PreparedModel } from '../../model/prepared-model.js'
import type { Engine, EngineBatch, EngineInfo, EngineResult, EngineSettings } from '../engine.js'
import { engineFailed, WaitingRuns } from '../waiting-runs.js'
import { WarmUpTurns } from '../warm-up-turns.js'
import { readMemory } from './memory-meter.js'
import type { WorkerData, WorkerMessage, WorkerRequest } from './protocol.js'

/** A worker that has not given back its session by then is cut off; what it had mapped stays mapped. */
const CLOSE_GRACE_MS = 3000
/** Whether the next load is the first of this process. */
let firstOfProcess = true

export class OnnxruntimeEngine implements Engine {
  #worker: Worker | null = null
  #ended: Promise<void> = Promise.resolve()
  #warmUp: WarmUpTurns | null = null
  readonly #runs = new WaitingRuns()

  load(model: PreparedModel, slabPath: string, settings: EngineSettings): Promise<EngineInfo> {
    const { buckets, threads, turn } = settings
    const { anonymousBytes: beforeBytes } = readMemory()
    const workerData: WorkerData = { model, slabPath, buckets, threads, beforeBytes, firstOfProcess }
    firstOfProcess = false
    const worker = new Worker(compiledModule(import.meta.url, './worker.js'), { workerData })
    this.#worker = worker
    this.#warmUp = new WarmUpTurns(turn, () => this.#send({ kind: 'turn_given' }))
    this.#ended = new Promise(resolve => worker.once('exit', () => resolve()))
    return new Promise((resolve, reject) => {
      const fail = (error: RingsideError): void => {
        this.#die(error)
        reject(error)
      }
      worker.on('error', cause => fail(engineFailed(`The inference thread died: ${cause.message}`, cause)))
      worker.on('exit', code => fail(engineFailed(`The inference thread ended with code ${code}.`)))
      worker.on('message', (message: WorkerMessage) => {
        if (message.kind === 'loaded') resolve(infoOf(message))
        else if (message.kind === 'failed' && message.id === null) {
          fail(engineFailed(`The model ${model.name} could not be loaded: ${message.message}`))
        } else this.#receive(message)
      })
    })
  }

  run({ bucket, slots }: EngineBatch, onUploaded: () => void): Promise<EngineResult> {
    if (!this.#worker) return Promise.reject(this.#runs.dead ?? engineFailed('The engine is not loaded.'))
    return this.#runs.add(id => this.#send({ kind: 'run', id, bucket, slots }), onUploaded)
  }

  async close(): Promise<void> {
    this.#die(engineFailed('The engine is closed.'))
    this.#send({ kind: 'close' })
    const ended = new AbortController()
    await Promise.race([this.#ended, sleep(CLOSE_GRACE_MS, ended.signal)])
    ended.abort()
    await this.#worker?.terminate()
  }

  stats(): null {
    return null
  }

  #send(request: WorkerRequest): void {
    this.#worker?.postMessage(request)
  }

  #receive(message: Exclude<WorkerMessage, { kind: 'loaded' }>): void {
    if (message.kind === 'turn_wanted') this.#warmUp?.want()
    else if (message.kind === 'turn_over') this.#warmUp?.over()
    else if (message.kind === 'uploaded') this.#runs.uploaded(message.id)
    else if (message.kind === 'result') this.#runs.result(message.id, message)
    else if (message.id !== null)
      this.#runs.failed(message.id, engineFailed(`Inference failed: ${message.message}`))
  }

  #die(error: RingsideError): void {
    this.#runs.die(error)
    this.#warmUp?.close()
  }
}

function infoOf({ runMs, memory }: Extract<WorkerMessage, { kind: 'loaded' }>): EngineInfo {
  return {
    engine: 'onnxruntime',
    device: os.cpus()[0]?.model.trim() ?? os.arch(),
    provider: 'cpu',
    maxInFlight: 1,
    runMs: new Map(runMs),
    refusedBuckets: new Map(),
    deviceBytes: 0,
    notes: [],
    memory,
  }
}
