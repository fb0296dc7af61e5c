/** Every backend that this machine may decode with, and which of them a stream gets. */
import type { Log } from '../../shared/log.js'
import type { DecoderBackendName, DecoderWish } from '../../shared/stream/decoder.js'
import { AvDecoder } from './av/decoder.js'
import { AvPool } from './av/pool.js'
import type { DecoderBackend } from './backend.js'
import { candidatesOf, chooseDecoder, type DecoderChoice } from './choice.js'
import { FfmpegBackend } from './ffmpeg-decoder.js'
import type { Ffmpeg } from './ffmpeg-path.js'
import { missingGpu } from './gpu-presence.js'

export interface DecodersSettings {
  /** CUDA ordinal that NVDEC uses. */
  gpu: number
  /** Where CUDA keeps compiled kernels between processes. */
  kernelsDir: string
  libavStreamsPerProcess: number
  nvdecStreamsPerProcess: number
}

export class Decoders {
  readonly #ffmpeg: FfmpegBackend
  readonly #pools: { nvdec: AvPool; libav: AvPool }

  constructor(ffmpeg: Ffmpeg, settings: DecodersSettings, log: Log) {
    this.#ffmpeg = new FfmpegBackend(ffmpeg)
    const gpu = { kind: 'cuda', ordinal: settings.gpu, kernelsDir: settings.kernelsDir } as const
    this.#pools = {
      nvdec: new AvPool(gpu, settings.nvdecStreamsPerProcess, log.child({ decoder: 'nvdec' })),
      libav: new AvPool(
        { kind: 'software' },
        settings.libavStreamsPerProcess,
        log.child({ decoder: 'libav' }),
      ),
    }
  }

  /** @param hindrance what speaks against a backend for this very stream. */
  async choose(
    wanted: DecoderWish,
    hindrance: (backend: DecoderBackendName) => string | null,
  ): Promise<DecoderChoice> {
    const hindrances = new Map<DecoderBackendName, string | null>()
    for (const backend of candidatesOf(wanted)) {
      const why = hindrance(backend) ?? (await this.#unavailable(backend))
      hindrances.set(backend, why)
      if (why === null) break
    }
    return chooseDecoder(wanted, backend => hindrances.get(backend) ?? null)
  }

  backend(name: DecoderBackendName): DecoderBackend {
    if (name === 'ffmpeg') return this.#ffmpeg
    const pool = this.#pools[name]
    return { name, sharesRing: false, start: (request, listener) => new AvDecoder(pool, request, listener) }
  }

  /** Processes that decode many streams each. */
  sharedPids(): number[] {
    return [...this.#pools.nvdec.pids(), ...this.#pools.libav.pids()]
  }

  /** Resolves when no process of these runs; call where every stream has ended. */
  async close(): Promise<void> {
    await Promise.all([this.#pools.nvdec.close(), this.#pools.libav.close()])
  }

  async #unavailable(backend: DecoderBackendName): Promise<string | null> {
    if (backend === 'ffmpeg') return null
    return (backend === 'nvdec' ? missingGpu() : null) ?? (await this.#pools[backend].unavailable())
  }
}
