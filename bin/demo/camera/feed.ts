/** The pictures of one camera: an encoder that is started again when it dies, and whoever listens to its packets. */
import type { ChildProcess } from 'node:child_process'
import type dgram from 'node:dgram'
import { createInterface } from 'node:readline'
import { monotonicMs, sleep } from '../../../shared/clock.js'
import { RingsideError } from '../../../shared/errors.js'
import { endProcess } from '../../supervisor/bound-process.js'
import { decideRestart, noFailures, type RestartHistory } from '../../supervisor/restart-policy.js'
import type { PacketFeed } from './connection.js'
import { type EncoderSettings, spawnEncoder } from './encoder.js'
import type { Receiver } from './receiver.js'
import { isRtp, SourceContinuity } from './rtp.js'
import { type MediaFormat, parseEncoderSdp } from './sdp.js'
import { bindUdp } from './udp.js'

const FIRST_PICTURE_TIMEOUT_MS = 10_000
const END_GRACE_MS = 1000
const MAX_SDP_CHARACTERS = 16_384

export class Feed implements PacketFeed {
  readonly receivers = new Set<Receiver>()
  readonly #settings: EncoderSettings
  readonly #rtp: dgram.Socket
  readonly #rtcp: dgram.Socket
  readonly #source = new SourceContinuity()
  readonly #closing = new AbortController()
  #encoder: ChildProcess | null = null
  #history: RestartHistory = noFailures
  #lastWords = ''
  #format: MediaFormat | null = null
  #packets = 0
  #starts = 0

  private constructor(settings: EncoderSettings, rtp: dgram.Socket, rtcp: dgram.Socket) {
    this.#settings = settings
    this.#rtp = rtp
    this.#rtcp = rtcp
    rtp.on('message', packet => this.#relayRtp(packet))
    rtcp.on('message', packet => this.#relayRtcp(packet))
  }

  /** @throws RingsideError where FFmpeg can show nothing of this clip. */
  static async start(settings: EncoderSettings): Promise<Feed> {
    const feed = new Feed(settings, await bindUdp(), await bindUdp())
    feed.#startEncoder()
    try {
      await feed.#firstPicture()
    } catch (error) {
      await feed.close()
      throw error
    }
    return feed
  }

  get format(): MediaFormat {
    if (!this.#format) throw new Error('a feed is handed out only once its format is known')
    return this.#format
  }
  get sessionId(): number {
    return this.encoderPid ?? 1
  }
  get encoderPid(): number | undefined {
    return this.#encoder?.pid
  }
  /** Encoder starts since the first. */
  get restarts(): number {
    return this.#starts - 1
  }

  join(receiver: Receiver): void {
    this.receivers.add(receiver)
  }

  leave(receiver: Receiver): void {
    this.receivers.delete(receiver)
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return
    this.#closing.abort()
    if (this.#encoder) await endProcess(this.#encoder, END_GRACE_MS)
    this.#rtp.close()
    this.#rtcp.close()
  }

  #startEncoder(): void {
    const startedAtMs = monotonicMs()
    const first = this.#starts++ === 0
    const settings = first ? this.#settings : { ...this.#settings, startAtSeconds: 0 }
    const encoder = spawnEncoder(settings, this.#rtp.address().port, this.#rtcp.address().port)
    this.#encoder = encoder
    this.#source.restart()
    let printed = ''
    encoder.stdout?.setEncoding('utf8').on('data', (text: string) => {
      printed = (printed + text).slice(0, MAX_SDP_CHARACTERS)
      this.#format ??= parseEncoderSdp(printed)
    })
    if (encoder.stderr)
      createInterface({ input: encoder.stderr }).on('line', line => {
        this.#lastWords = line
      })
    encoder.once('error', error => {
      this.#lastWords = error.message
    })
    encoder.once('close', () => void this.#onEnd(monotonicMs() - startedAtMs))
  }

  async #onEnd(ranMs: number): Promise<void> {
    if (this.#closing.signal.aborted || this.#packets === 0) return
    const decision = decideRestart(this.#history, ranMs, null)
    if (decision.kind !== 'restart') return
    this.#history = decision.history
    await sleep(decision.delayMs, this.#closing.signal)
    if (!this.#closing.signal.aborted) this.#startEncoder()
  }

  async #firstPicture(): Promise<void> {
    const deadlineMs = monotonicMs() + FIRST_PICTURE_TIMEOUT_MS
    while (this.#packets === 0 || !this.#format) {
      const ended = this.#encoder?.exitCode !== null || this.#encoder.signalCode !== null
      if (ended || monotonicMs() > deadlineMs) throw this.#noPicture()
      await sleep(20)
    }
  }

  #noPicture(): RingsideError {
    const { video } = this.#settings
    return new RingsideError('invalid_request', `FFmpeg shows no picture of this clip: ${this.#lastWords}`, {
      key: '--video',
      value: video ?? 'the test pattern',
      remedy: 'Give a file with a video stream that FFmpeg can decode; `ffmpeg -i FILE` tells what it finds.',
    })
  }

  #relayRtp(packet: Buffer): void {
    if (!isRtp(packet)) return
    this.#packets++
    this.#source.rewriteRtp(packet)
    for (const receiver of this.receivers) receiver.sendRtp(packet)
  }

  #relayRtcp(packet: Buffer): void {
    if (!this.#source.rewriteSenderReport(packet)) return
    for (const receiver of this.receivers) receiver.sendRtcp(packet)
  }
}
