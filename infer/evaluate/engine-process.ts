/** An engine in a process of its own: the same engine, whose memory can be told from that of others. For comparisons; streams have no use for it. */
import { type ChildProcess, fork } from 'node:child_process'
import os from 'node:os'
import { fileURLToPath } from 'node:url'
import { RingsideError } from '../../shared/errors.js'
import { compiledModule } from '../../shared/process/compiled.js'
import type { Engine, EngineBatch, EngineInfo, EngineResult, EngineSettings } from '../engine/engine.js'
import type { DeviceRequest } from '../engine/open-device.js'
import type { PreparedModel } from '../model/prepared-model.js'
import type { EngineAnswer, EngineRequest } from './engine-messages.js'

interface Waiting {
  onUploaded: () => void
  resolve(result: EngineResult): void
  reject(error: Error): void
}

interface Answers {
  loaded(info: EngineInfo): void
  memory(peakBytes: number): void
}

export class EngineProcess implements Engine {
  readonly #child: ChildProcess
  readonly #exited: Promise<void>
  readonly #waiting = new Map<number, Waiting>()
  readonly #asked: Partial<Answers> = {}
  readonly #onDeath = new Set<(error: RingsideError) => void>()
  #nextId = 1
  #dead: RingsideError | null = null

  /**
   * @param device where the engine runs; null is the CPU. It is opened in the process.
   * @param niceness of the process: 0 … 19, the higher the later.
   */
  constructor(
    private readonly device: DeviceRequest | null = null,
    niceness = 0,
  ) {
    const file = fileURLToPath(compiledModule(import.meta.url, './engine-child.js'))
    this.#child = fork(file, {
      serialization: 'advanced',
      execArgv: [],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    if (niceness > 0 && this.#child.pid !== undefined) os.setPriority(this.#child.pid, niceness)
    this.#exited = new Promise(resolve => this.#child.once('exit', () => resolve()))
    this.#child.once('error', cause =>
      this.#die(failed(`The process of the engine failed: ${cause.message}`)),
    )
    this.#child.once('exit', (code, signal) =>
      this.#die(failed(`The process of the engine ended (${signal ?? `code ${code}`}).`)),
    )
    this.#child.on('message', (answer: EngineAnswer) => this.#receive(answer))
  }

  load(model: PreparedModel, slabPath: string, settings: EngineSettings): Promise<EngineInfo> {
    return this.#ask('loaded', { kind: 'load', device: this.device, model, slabPath, settings })
  }

  run(batch: EngineBatch, onUploaded: () => void): Promise<EngineResult> {
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      if (this.#dead) return reject(this.#dead)
      this.#waiting.set(id, { onUploaded, resolve, reject })
      this.#send({ kind: 'run', id, batch })
    })
  }

  /** The most memory that was resident since before the model was loaded, less what was resident then. */
  peakBytes(): Promise<number> {
    return this.#ask('memory', { kind: 'memory' })
  }

  /** Counters stay in the child: whoever judges a model asks for results alone. */
  stats(): null {
    return null
  }

  async close(): Promise<void> {
    this.#die(failed('The engine is closed.'))
    this.#child.kill('SIGKILL') // it holds nothing that lasts
    await this.#exited
  }

  #ask<K extends keyof Answers>(kind: K, request: EngineRequest): Promise<Parameters<Answers[K]>[0]> {
    return new Promise((resolve, reject) => {
      if (this.#dead) return reject(this.#dead)
      this.#onDeath.add(reject)
      this.#asked[kind] = ((value: Parameters<Answers[K]>[0]) => {
        this.#onDeath.delete(reject)
        resolve(value)
      }) as Answers[K]
      this.#send(request)
    })
  }

  #receive(answer: EngineAnswer): void {
    if (answer.kind === 'loaded') this.#asked.loaded?.(answer.info)
    else if (answer.kind === 'memory') this.#asked.memory?.(answer.peakBytes)
    else if (answer.kind === 'failed' && answer.id === null) this.#die(failed(answer.message))
    else this.#receiveOf(answer)
  }

  #receiveOf(answer: Extract<EngineAnswer, { id: number | null }>): void {
    const waiting = this.#waiting.get(answer.id as number)
    if (answer.kind === 'uploaded') waiting?.onUploaded()
    else {
      this.#waiting.delete(answer.id as number)
      if (answer.kind === 'result') waiting?.resolve(answer.result)
      else waiting?.reject(failed(answer.message))
    }
  }

  #send(request: EngineRequest): void {
    this.#child.send(request, error => {
      if (error) this.#die(failed(`The process of the engine cannot be reached: ${error.message}`))
    })
  }

  #die(error: RingsideError): void {
    this.#dead ??= error
    for (const { reject } of this.#waiting.values()) reject(this.#dead)
    for (const reject of this.#onDeath) reject(this.#dead)
    this.#waiting.clear()
    this.#onDeath.clear()
  }
}

function failed(message: string): RingsideError {
  return new RingsideError('engine_failed', message, {
    remedy: '`ringside doctor` checks the engine and the model.',
  })
}
