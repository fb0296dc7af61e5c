/** The `onnxruntime` engine: the JavaScript API of onnxruntime-node on CPU, in a worker thread of its own. */
import os from 'node:os'
import { Worker } from 'node:worker_threads'
import { sleep } from '../../../shared/clock.js'
import { RingsideError } from '../../../shared/errors.js'
import { compiledModule } from '../../../shared/process/compiled.js'
import type { PreparedModel } from '../../model/prepared-model.js'
import type { DeviceTurn } from '../../turn.js'
import type { Engine, EngineBatch, EngineInfo, EngineResult, EngineSettings } from '../engine.js'
import type { WorkerData, WorkerMessage, WorkerRequest } from './protocol.js'

/** A worker that has not given back its session by then is cut off; what it had mapped stays mapped. */
const CLOSE_GRACE_MS = 3000

interface Waiting {
  onUploaded: () => void
  resolve(result: EngineResult): void
  reject(error: Error): void
}

export class OnnxruntimeEngine implements Engine {
  #worker: Worker | null = null
  #ended: Promise<void> = Promise.resolve()
  #warmUp: WarmUpTurns | null = null
  #nextId = 1
  readonly #waiting = new Map<number, Waiting>()
  #dead: RingsideError | null = null

  load(model: PreparedModel, slabPath: string, settings: EngineSettings): Promise<EngineInfo> {
    const { buckets, threads, turn } = settings
    const workerData: WorkerData = { model, slabPath, buckets, threads }
    const worker = new Worker(compiledModule(import.meta.url, './worker.js'), { workerData })
    this.#worker = worker
    this.#warmUp = new WarmUpTurns(turn, () => this.#send({ kind: 'turn_given' }))
    this.#ended = new Promise(resolve => worker.once('exit', () => resolve()))
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
    const id = this.#nextId++
    this.#send({ kind: 'run', id, bucket: batch.bucket, slots: batch.slots })
    return new Promise((resolve, reject) => this.#waiting.set(id, { onUploaded, resolve, reject }))
  }

  async close(): Promise<void> {
    this.#die(failed('The engine is closed.'))
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
    else this.#receiveOf(message)
  }

  #receiveOf(message: Extract<WorkerMessage, { id: number | null }>): void {
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
    this.#warmUp?.close()
    for (const waiting of this.#waiting.values()) waiting.reject(this.#dead)
    this.#waiting.clear()
  }
}

/** The turns of the worker's warm-up runs: whatever becomes of the worker, the device is free afterwards. */
class WarmUpTurns {
  #has = false
  #closed = false

  constructor(
    private readonly turn: DeviceTurn | undefined,
    private readonly give: () => void,
  ) {}

  want(): void {
    if (!this.turn) this.give()
    else
      this.turn.enter(() => {
        this.#has = true
        if (this.#closed) this.over()
        else this.give()
      })
  }

  over(): void {
    if (!this.#has) return
    this.#has = false
    this.turn?.leave()
  }

  close(): void {
    this.#closed = true
    this.over()
  }
}

function infoOf(runMs: [number, number][]): EngineInfo {
  return {
    engine: 'onnxruntime',
    device: os.cpus()[0]?.model.trim() ?? os.arch(),
    provider: 'cpu',
    maxInFlight: 1,
    runMs: new Map(runMs),
    refusedBuckets: new Map(),
    deviceBytes: 0,
  }
}

function failed(message: string, cause?: unknown): RingsideError {
  return new RingsideError('engine_failed', message, {
    remedy: '`ringside doctor` checks the engine and the model.',
    cause,
  })
}
