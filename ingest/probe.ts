/** Looks at a source once, without registering it: what it sends, or why it cannot be used. */
import type { Log } from '../shared/log.js'
import type { ProbeResult } from '../shared/redis/control-queue.js'
import type { ReasonCode } from '../shared/stream/stream.js'
import { Decoder } from './decoder/decoder.js'
import type { DecoderEvent } from './decoder/event.js'
import { reasonOf } from './decoder/failure.js'
import type { Ffmpeg } from './decoder/ffmpeg-path.js'
import type { Source } from './decoder/source.js'

/** With the decoder's end the answer is there within 5 s. */
const TIMEOUT_MS = 4300
/** The frames are not looked at: any size does. */
const SHAPE = { widthPx: 64, heightPx: 64, letterbox: { anchor: 'stretch', padValue: 0 } } as const

export interface ProbeSettings {
  maxPixels: number
  killGraceMs: number
}

export async function probeSource(
  source: Source,
  ffmpeg: Ffmpeg,
  settings: ProbeSettings,
  log: Log,
): Promise<ProbeResult> {
  const findings = new Findings(source.shown)
  const scratch = new Uint8Array(65_536)
  const sink = { buffer: () => scratch, advance: () => undefined }
  const request = { ffmpeg, source, shape: SHAPE, maxFps: null, keyframesOnly: false, ...settings }
  const decoder = new Decoder(request, sink, event => findings.hear(event), log)
  const timer = setTimeout(() => findings.timeout(), TIMEOUT_MS)
  void decoder.ended.then(({ code }) => findings.exit(code))
  const result = await findings.result
  clearTimeout(timer)
  decoder.stop()
  await decoder.ended
  return result
}

/** Gathers what the decoder says until it is enough for an answer. */
class Findings {
  readonly result: Promise<ProbeResult>
  readonly #shown: string
  #answer: (result: ProbeResult) => void = () => undefined
  #described: boolean | null = null
  #codec = 'unknown'
  #fps: number | null = null
  #failure: ReasonCode | null = null

  constructor(shown: string) {
    this.#shown = shown
    this.result = new Promise(resolve => {
      this.#answer = resolve
    })
  }

  hear(event: DecoderEvent): void {
    if (event.kind === 'described') {
      if (event.video.length === 0) this.#fail('no_video')
      this.#described = event.known
    } else if (event.kind === 'source') {
      this.#codec = event.source.codec
      this.#fps = event.source.fps
      if (event.source.widthPx > 0) this.#answer({ ok: true, source: event.source })
    } else if (event.kind === 'geometry') {
      const { widthPx, heightPx } = event
      this.#answer({ ok: true, source: { widthPx, heightPx, codec: this.#codec, fps: this.#fps } })
    } else if (event.kind === 'failure') this.#failure ??= event.code
  }

  timeout(): void {
    if (this.#described === null) this.#fail('no_answer')
    else this.#fail(this.#described ? 'no_frames' : 'unsupported_codec')
  }

  exit(code: number | null): void {
    this.#fail(this.#failure ?? (code === 0 ? 'source_ended' : 'no_answer'))
  }

  #fail(code: ReasonCode): void {
    this.#answer({ ok: false, reason: reasonOf(code, this.#shown) })
  }
}
