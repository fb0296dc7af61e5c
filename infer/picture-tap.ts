/** Pictures of watched streams: the very frames that are inferred, as JPEG, only while somebody looks, never faster than asked. One tap a device, whatever model a stream uses. */
import { monotonicMs } from '../shared/clock.js'
import { encodePicture, type PictureHeader } from '../shared/detection/message.js'
import { messageOf } from '../shared/errors.js'
import type { Log } from '../shared/log.js'
import type { LeasedFrame } from '../shared/slab/lease.js'
import { identityOf } from './frame-identity.js'

const POLL_MS = 250

export interface PictureOutlet {
  /** The streams that somebody watches now. */
  watched(): Promise<string[]>
  send(stream: string, picture: Buffer): Promise<unknown>
}

/** JPEG of the content area of one I420 frame of a model's input; the pixels are the encoder's to keep. */
export type EncodeJpeg = (
  pixels: Uint8Array,
  sourceWidthPx: number,
  sourceHeightPx: number,
) => Promise<Buffer>

export class PictureTap {
  #watched: ReadonlySet<string> = new Set()
  readonly #busy = new Set<string>()
  readonly #nextMs = new Map<string, number>()
  readonly #timer: NodeJS.Timeout

  constructor(
    private readonly outlet: PictureOutlet,
    private readonly maxFps: number,
    private readonly log: Log,
  ) {
    this.#timer = setInterval(() => void this.#refresh(), POLL_MS)
  }

  /** Call while the frame is leased; copies the pixels where the stream is watched and a picture is due. */
  offer(frame: LeasedFrame, pixels: Uint8Array, encode: EncodeJpeg): void {
    if (!this.#watched.has(frame.stream) || this.#busy.has(frame.stream)) return
    const nowMs = monotonicMs()
    if (nowMs < (this.#nextMs.get(frame.stream) ?? 0)) return
    this.#nextMs.set(frame.stream, nowMs + 1000 / this.maxFps)
    void this.#picture(frame, Uint8Array.from(pixels), encode)
  }

  close(): void {
    clearInterval(this.#timer)
    this.#watched = new Set()
  }

  async #picture(frame: LeasedFrame, pixels: Uint8Array, encode: EncodeJpeg): Promise<void> {
    this.#busy.add(frame.stream)
    try {
      const jpeg = await encode(pixels, frame.sourceWidthPx, frame.sourceHeightPx)
      await this.outlet.send(frame.stream, encodePicture(headerOf(frame), jpeg))
    } catch (error) {
      this.log.warn({ stream: frame.stream, reason: messageOf(error) }, 'a picture was lost')
    } finally {
      this.#busy.delete(frame.stream)
    }
  }

  async #refresh(): Promise<void> {
    try {
      this.#watched = new Set(await this.outlet.watched())
      for (const stream of this.#nextMs.keys()) if (!this.#watched.has(stream)) this.#nextMs.delete(stream)
    } catch (error) {
      this.log.debug({ reason: messageOf(error) }, 'the watched streams are not known')
    }
  }
}

function headerOf(frame: LeasedFrame): PictureHeader {
  return { type: 'picture', v: 1, ...identityOf(frame), mime: 'image/jpeg' }
}
