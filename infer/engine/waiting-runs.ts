/** Batches given to a thread whose results are awaited: each ends exactly once, with a result or an error. Used by every engine. */
import { RingsideError } from '../../shared/errors.js'
import type { EngineResult } from './engine.js'

interface Waiting {
  onUploaded: () => void
  resolve(result: EngineResult): void
  reject(error: Error): void
}

export class WaitingRuns {
  #nextId = 1
  readonly #waiting = new Map<number, Waiting>()
  #dead: RingsideError | null = null

  /** Why nothing runs any more; null while the engine lives. */
  get dead(): RingsideError | null {
    return this.#dead
  }

  /** @param send gives the batch to the thread, under this number. */
  add(send: (id: number) => void, onUploaded: () => void): Promise<EngineResult> {
    if (this.#dead) return Promise.reject(this.#dead)
    const id = this.#nextId++
    send(id)
    return new Promise((resolve, reject) => this.#waiting.set(id, { onUploaded, resolve, reject }))
  }

  /** What comes for a batch that ended is not for anybody: its caller was told of the end. */
  uploaded(id: number): void {
    this.#waiting.get(id)?.onUploaded()
  }

  result(id: number, result: EngineResult): void {
    const { candidates, inferMs } = result
    this.#waiting.get(id)?.resolve({ candidates, inferMs })
    this.#waiting.delete(id)
  }

  failed(id: number, error: RingsideError): void {
    this.#waiting.get(id)?.reject(error)
    this.#waiting.delete(id)
  }

  /** Ends all, now and to come, with the first error that it was given. */
  die(error: RingsideError): void {
    this.#dead ??= error
    for (const waiting of this.#waiting.values()) waiting.reject(this.#dead)
    this.#waiting.clear()
  }
}

export function engineFailed(message: string, cause?: unknown): RingsideError {
  return new RingsideError('engine_failed', message, {
    remedy: '`ringside doctor` checks the engine and the model.',
    cause,
  })
}
