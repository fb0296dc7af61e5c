/** By which backend one stream is decoded, why by that one, and whose clock stamps its frames. */
import { monotonicMs } from '../../shared/clock.js'
import type { CaptureClock, DecoderReport, DecoderWish } from '../../shared/stream/decoder.js'
import type { DesiredStream } from '../../shared/stream/stream.js'
import type { DecoderBackend } from '../decoder/backend.js'
import type { DecoderChoice } from '../decoder/choice.js'
import type { AttemptEnd } from './attempt.js'
import { DecoderHistory } from './decoder-history.js'
import type { SessionHost } from './host.js'

export class Decoding {
  readonly #decoders: SessionHost['decoders']
  readonly #history = new DecoderHistory()
  #wanted: DecoderWish = 'auto'
  #choice: DecoderChoice | null = null
  #clock: CaptureClock = 'arrival'

  constructor(decoders: SessionHost['decoders']) {
    this.#decoders = decoders
  }

  /** Chooses for the attempts to come. */
  async choose(wanted: DecoderWish): Promise<void> {
    this.#wanted = wanted
    this.#choice = await this.#decoders.choose(wanted, backend =>
      this.#history.hindrance(backend, monotonicMs()),
    )
  }

  /** The chosen one. */
  get backend(): DecoderBackend {
    return this.#decoders.backend(this.#choice?.used ?? 'ffmpeg')
  }

  stampedBy(clock: CaptureClock): void {
    this.#clock = clock
  }

  /** Learns from the end of an attempt. */
  ended(end: AttemptEnd): void {
    this.#clock = 'arrival'
    if (!this.#choice) return
    if (end.kind === 'refused') this.#history.refused(this.#choice.used, end.why)
    else if (end.kind === 'ended' && end.crashed) this.#history.crashed(this.#choice.used, monotonicMs())
  }

  /** The source is another one from here on. */
  forget(): void {
    this.#history.forget()
  }

  /** @param runs whether it decodes at this moment. */
  report(wanted: DecoderWish, runs: boolean): DecoderReport {
    const current = this.#wanted === wanted ? this.#choice : null
    return {
      wanted,
      used: runs ? (current?.used ?? null) : null,
      reason: current?.reason ?? null,
      clock: this.#clock,
    }
  }
}

/** Whether the decoder that runs is the wrong one for what is desired now. Its frame rate cap may change while it runs. */
export function isDecodedOtherwise(before: DesiredStream, now: DesiredStream): boolean {
  return before.sealedUrl !== now.sealedUrl || before.decoder !== now.decoder
}
