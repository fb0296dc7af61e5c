/** Runs any ONNX graph outside the service, on named tensors, in a worker thread: for calibration, trials and comparisons. */
import { Worker } from 'node:worker_threads'
import { RingsideError } from '../../../shared/errors.js'
import { compiledModule } from '../../../shared/process/compiled.js'

export type NamedTensor =
  | { type: 'float32'; data: Float32Array; dims: readonly number[] }
  | { type: 'uint8'; data: Uint8Array; dims: readonly number[] }
  | { type: 'int64'; data: BigInt64Array; dims: readonly number[] }

export type NamedTensors = Record<string, NamedTensor>

export interface GraphRunData {
  graph: Uint8Array
  threads: number
}

export interface GraphRunRequest {
  id: number
  inputs: NamedTensors
  /** Names of the outputs that are wanted. Others are not computed. */
  outputs: readonly string[]
}

export type GraphRunMessage = { id: number; outputs: NamedTensors } | { id: number; message: string }

interface Waiting {
  resolve(outputs: NamedTensors): void
  reject(error: Error): void
}

export class GraphRun {
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  #dead: RingsideError | null = null
  #nextId = 1

  /** @param graph bytes of an .onnx file. A graph that cannot be loaded is told by the first `run`. */
  constructor(graph: Uint8Array, { threads }: { threads: number }) {
    const workerData: GraphRunData = { graph, threads }
    this.#worker = new Worker(compiledModule(import.meta.url, './graph-run-worker.js'), { workerData })
    this.#worker.on('message', (message: GraphRunMessage) => this.#receive(message))
    this.#worker.on('error', cause => this.#die(failed(`The thread died: ${cause.message}`, cause)))
    this.#worker.on('exit', code => this.#die(failed(`The thread ended with code ${code}.`)))
  }

  /** @throws RingsideError `engine_failed` where the graph cannot be loaded, or does not take the inputs. */
  run(inputs: NamedTensors, outputs: readonly string[]): Promise<NamedTensors> {
    if (this.#dead) return Promise.reject(this.#dead)
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#worker.postMessage({ id, inputs, outputs } satisfies GraphRunRequest)
    })
  }

  /** Idempotent. Runs under way end with an error. */
  async close(): Promise<void> {
    this.#die(failed('It is closed.'))
    await this.#worker.terminate()
  }

  #receive(message: GraphRunMessage): void {
    const waiting = this.#waiting.get(message.id)
    this.#waiting.delete(message.id)
    if ('outputs' in message) waiting?.resolve(message.outputs)
    else waiting?.reject(failed(message.message))
  }

  #die(error: RingsideError): void {
    this.#dead ??= error
    for (const waiting of this.#waiting.values()) waiting.reject(this.#dead)
    this.#waiting.clear()
  }
}

function failed(message: string, cause?: unknown): RingsideError {
  return new RingsideError('engine_failed', `The graph did not run: ${message}`, {
    remedy: '`ringside doctor` checks the engine and the model.',
    cause,
  })
}
