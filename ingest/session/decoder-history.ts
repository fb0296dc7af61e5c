/**
 * What a stream went through with each backend: one that refused its source is not tried again, and one whose process died
 * under it twice is left alone for a while, so that a source that crashes decoders soon does so in a process of its own.
 */
import type { DecoderBackendName } from '../../shared/stream/decoder.js'

export const CRASHES_BORNE = 2
export const CRASH_MEMORY_MS = 600_000

export class DecoderHistory {
  readonly #refusals = new Map<DecoderBackendName, string>()
  readonly #crashesMs = new Map<DecoderBackendName, number[]>()

  refused(backend: DecoderBackendName, why: string): void {
    this.#refusals.set(backend, why)
  }

  crashed(backend: DecoderBackendName, nowMs: number): void {
    this.#crashesMs.set(backend, [...this.#recent(backend, nowMs), nowMs])
  }

  /** The source is another one: what was learnt is void. */
  forget(): void {
    this.#refusals.clear()
    this.#crashesMs.clear()
  }

  /** Why the stream should not be decoded by it now; null where it may. */
  hindrance(backend: DecoderBackendName, nowMs: number): string | null {
    const refusal = this.#refusals.get(backend)
    if (refusal) return refusal
    const crashes = this.#recent(backend, nowMs).length
    if (crashes < CRASHES_BORNE) return null
    return `its decoder process died ${crashes} times under this stream within ${CRASH_MEMORY_MS / 60_000} minutes.`
  }

  #recent(backend: DecoderBackendName, nowMs: number): number[] {
    return (this.#crashesMs.get(backend) ?? []).filter(atMs => nowMs - atMs < CRASH_MEMORY_MS)
  }
}
