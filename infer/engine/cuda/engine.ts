/** The `cuda` engine: ONNX Runtime's C API and the CUDA driver, in the thread of its GPU. Everything after `load` is fixed and on the device. */
import { sleep } from '../../../shared/clock.js'
import { RingsideError } from '../../../shared/errors.js'
import type { PreparedModel } from '../../model/prepared-model.js'
import type { Engine, EngineBatch, EngineInfo, EngineResult, EngineSettings, EngineStats } from '../engine.js'
import { engineFailed, WaitingRuns } from '../waiting-runs.js'
import { WarmUpTurns } from '../warm-up-turns.js'
import { MAX_IN_FLIGHT } from './flow.js'
import type { GpuThread } from './gpu-thread.js'
import type { CudaOptions } from './options.js'
import type { GpuRequest, LoadedInfo, ModelMessage, WithoutModel } from './protocol.js'
import { chooseProvider } from './provider-choice.js'

/** What is under way ends within milliseconds; a step of loading, in this model or another of the GPU, can take seconds. */
const CLOSE_GRACE_MS = 10_000

export class CudaEngine implements Engine {
  readonly #thread: GpuThread
  readonly #options: CudaOptions
  readonly #runs = new WaitingRuns()
  #model: number | null = null
  #warmUp: WarmUpTurns | null = null
  #stats: EngineStats | null = null
  #closed = false
  /** Nothing of it is left in the thread, or the thread is gone. */
  readonly #gone: Promise<void>
  #setGone: () => void = () => undefined
  #settle: ((outcome: LoadedInfo | RingsideError) => void) | null = null

  constructor(thread: GpuThread, options: CudaOptions) {
    this.#thread = thread
    this.#options = options
    this.#gone = new Promise(resolve => {
      this.#setGone = resolve
    })
  }

  async load(prepared: PreparedModel, slabPath: string, settings: EngineSettings): Promise<EngineInfo> {
    const { found, cacheDir } = this.#thread.settings
    const { provider, reason } = chooseProvider(this.#options.provider, found)
    if (provider === 'cpu') throw new RingsideError('gpu_unavailable', reason)
    this.#model = this.#thread.join({ receive: m => this.#receive(m), died: error => this.#died(error) })
    this.#warmUp = new WarmUpTurns(settings.turn, () => this.#send({ kind: 'turn_given' }))
    const settled = new Promise<LoadedInfo | RingsideError>(resolve => {
      this.#settle = resolve
    })
    const { buckets, deviceBytes: memoryBytes = this.#options.memoryBytes } = settings
    const options = { ...this.#options, memoryBytes }
    this.#send({ kind: 'load', prepared, slabPath, buckets, options, provider, cacheDir })
    const loaded = await settled
    if (loaded instanceof RingsideError) throw loaded
    const notes = [`the provider is ${provider}: ${reason}`, ...loaded.notes]
    return { engine: 'cuda', maxInFlight: MAX_IN_FLIGHT, ...loaded, notes }
  }

  run({ bucket, slots }: EngineBatch, onUploaded: () => void): Promise<EngineResult> {
    if (this.#model === null)
      return Promise.reject(this.#runs.dead ?? engineFailed('The engine is not loaded.'))
    return this.#runs.add(id => this.#send({ kind: 'run', id, bucket, slots }), onUploaded)
  }

  async close(): Promise<void> {
    const model = this.#model
    this.#die(engineFailed('The engine is closed.'))
    if (model === null) return
    if (!this.#closed) this.#send({ kind: 'unload' })
    this.#closed = true
    const ended = new AbortController()
    await Promise.race([this.#gone, sleep(CLOSE_GRACE_MS, ended.signal)])
    ended.abort()
    this.#thread.leave(model)
  }

  /** As of the last batches or the last call: this one asks the thread for newer. */
  stats(): EngineStats | null {
    if (this.#stats && !this.#runs.dead) this.#send({ kind: 'stats' })
    return this.#stats
  }

  #send(request: WithoutModel<GpuRequest>): void {
    this.#thread.send({ ...request, model: this.#model as number } as GpuRequest)
  }

  #receive(message: ModelMessage): void {
    if (message.kind === 'uploaded') this.#runs.uploaded(message.id)
    else if (message.kind === 'result') this.#runs.result(message.id, message)
    else if (message.kind === 'stats') this.#stats = message.stats
    else if (message.kind === 'turn_wanted') this.#warmUp?.want()
    else if (message.kind === 'turn_over') this.#warmUp?.over()
    else this.#receiveEnd(message)
  }

  #receiveEnd(
    message: Extract<ModelMessage, { kind: 'loaded' | 'load_failed' | 'failed' | 'unloaded' }>,
  ): void {
    if (message.kind === 'loaded') this.#settleLoad(message.info)
    else if (message.kind === 'unloaded') this.#setGone()
    else if (message.kind === 'load_failed') this.#died(loadFailed(message))
    else this.#runs.failed(message.id, engineFailed(`Inference failed: ${message.message}`))
  }

  #died(error: RingsideError): void {
    this.#die(error)
    this.#setGone()
  }

  #die(error: RingsideError): void {
    this.#runs.die(error)
    this.#warmUp?.close()
    this.#settleLoad(error)
  }

  #settleLoad(outcome: LoadedInfo | RingsideError): void {
    this.#settle?.(outcome)
    this.#settle = null
  }
}

function loadFailed({ message, ...detail }: Extract<ModelMessage, { kind: 'load_failed' }>): RingsideError {
  const {
    key,
    remedy = '`ringside doctor` checks the GPU; model.cuda and infer.buckets say what is asked of it.',
  } = detail
  return new RingsideError('engine_failed', `The model could not be loaded: ${message}`, {
    ...(key && { key }),
    remedy,
  })
}
