/** A source that is open: connected, described, and giving the packets of its video. */
import dns from 'node:dns/promises'
import { setTimeout } from 'node:timers/promises'
import type { CodecParameters, FormatContext, IRational, Packet, Stream } from 'node-av/lib'
import type { ReasonCode } from '../../../shared/stream/stream.js'
import type { DecoderEvent } from '../event.js'
import { reasonOfAvError } from './failure.js'
import type { Av } from './library.js'
import type { StartOrder } from './protocol.js'

/** No `pipe`, unlike FFmpeg's: the address comes to us by IPC. */
const whitelists = { rtsp: 'rtsp,rtsps,rtp,tcp,udp,tls', file: 'file' } as const

/** Over a second in all: gst-rtsp-server took up to 0.1 s. */
const REOPENINGS = 6
const REOPENING_MS = 200

export class SourceFailure extends Error {
  constructor(readonly reason: ReasonCode) {
    super(reason)
  }
}

type Order = Pick<StartOrder, 'source' | 'maxPixels'>

export class OpenedSource {
  readonly #av: Av
  readonly #order: Order
  #format: FormatContext
  #video: Stream | null = null
  #interrupted = false

  constructor(av: Av, order: Order) {
    this.#av = av
    this.#order = order
    this.#format = new av.FormatContext()
  }

  /** Seconds of one unit of the packets' time stamps. */
  get timeBaseS(): number {
    const { num, den } = (this.#video as Stream).timeBase
    return num / den
  }

  /** As far as container or SDP tell; null where they do not. */
  get fps(): number | null {
    const { avgFrameRate, rFrameRate } = this.#video as Stream
    return perSecond(avgFrameRate) ?? perSecond(rFrameRate)
  }

  get codec(): CodecParameters {
    return (this.#video as Stream).codecpar
  }

  /** @throws SourceFailure. */
  async open(tell: (event: DecoderEvent) => void): Promise<void> {
    let opened = await this.#openWith({ allowed_media_types: 'video' })
    // A camera without video is asked to play nothing, which it refuses: what else it has shows why.
    if (opened === this.#av.AVERROR_HTTP_OTHER_4XX) opened = await this.#openWithAll(opened)
    if (opened < 0) throw new SourceFailure(await this.#whyNotOpen(opened))
    tell({ kind: 'connected' })
    this.#choose(tell)
    if (this.#order.source.kind === 'file') await this.#analyse()
  }

  /** @returns 0, or FFmpeg's error code; a packet of another stream is possible in files: see `isVideo`. */
  read(packet: Packet): Promise<number> {
    return this.#format.readFrame(packet)
  }

  isVideo(packet: Packet): boolean {
    return packet.streamIndex === this.#video?.index
  }

  /** Whatever blocks returns at once; nothing can be read afterwards. */
  interrupt(): void {
    this.#interrupted = true
    this.#format.interrupt()
  }

  /** Call where nothing is being read. */
  async close(): Promise<void> {
    await this.#format.closeInput()
  }

  /**
   * No time limit is set: the watchdog of the attempt has one, and interrupts.
   * @param media sound and metadata would only be thrown away here, so that a camera is not asked for them.
   */
  async #openWith(media: Record<string, string>): Promise<number> {
    const { kind, address } = this.#order.source
    const protocols = { protocol_whitelist: whitelists[kind] }
    const rtsp = kind === 'rtsp' ? { rtsp_transport: 'tcp', ...media } : {}
    const options = this.#av.Dictionary.fromObject({ ...protocols, ...rtsp })
    const format = kind === 'rtsp' ? this.#av.InputFormat.findInputFormat('rtsp') : null
    this.#format = new this.#av.FormatContext()
    this.#format.allocContext() // a context that FFmpeg allocates itself cannot be interrupted
    try {
      return await this.#format.openInput(address, format, options)
    } finally {
      options.free()
    }
  }

  /** A camera may still be putting the refused session away, and answers 503 until it has. @param refusal of the first opening. */
  async #openWithAll(refusal: number): Promise<number> {
    let opened = refusal
    for (let left = REOPENINGS; left > 0 && !this.#interrupted; left--) {
      opened = await this.#openWith({})
      if (opened !== this.#av.AVERROR_HTTP_SERVER_ERROR) return opened
      await setTimeout(REOPENING_MS)
    }
    return opened
  }

  #choose(tell: (event: DecoderEvent) => void): void {
    const { AVMEDIA_TYPE_VIDEO, AV_CODEC_ID_NONE } = this.#av
    const streams = this.#format.streams ?? []
    const video = streams.filter(({ codecpar }) => codecpar.codecType === AVMEDIA_TYPE_VIDEO)
    tell({ kind: 'described', video: video.map(({ codecpar }) => this.#nameOf(codecpar)), known: true })
    const known = video.find(({ codecpar }) => codecpar.codecId !== AV_CODEC_ID_NONE)
    if (video.length === 0) throw new SourceFailure('no_video')
    if (!known) throw new SourceFailure('unsupported_codec')
    this.#video = known
  }

  /** A file says in its header, or in its first frames, what is in it. A camera's SDP says so already. */
  async #analyse(): Promise<void> {
    const analysed = await this.#format.findStreamInfo(null)
    const { width, height } = this.codec
    if (analysed < 0) throw new SourceFailure(reasonOfAvError(analysed) ?? 'no_frames')
    if (width * height > this.#order.maxPixels) throw new SourceFailure('unsupported_codec')
  }

  #nameOf({ codecId }: CodecParameters): string {
    return this.#av.avGetCodecName(codecId) ?? 'unknown'
  }

  /** A name that does not resolve and a camera that hangs up are one code (EIO) to libavformat. */
  async #whyNotOpen(code: number): Promise<ReasonCode> {
    const known = reasonOfAvError(code)
    if (known || this.#order.source.kind === 'file') return known ?? 'invalid_source'
    const { hostname } = new URL(this.#order.source.address)
    const resolves = await dns.lookup(hostname.replace(/^\[|\]$/g, '')).then(
      () => true,
      () => false, // any failure to resolve is the answer
    )
    return resolves ? 'no_answer' : 'unknown_host'
  }
}

/** A rate of FFmpeg's, which is 0/1 or n/0 where it is not known. */
export function perSecond({ num, den }: IRational): number | null {
  return num > 0 && den > 0 ? Math.round((num / den) * 100) / 100 : null
}
