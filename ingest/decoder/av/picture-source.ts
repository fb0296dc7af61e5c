/** Decodes packets to pictures in host memory: the one thing in which `libav` and `nvdec` differ. */
import type { CodecContext, CodecParameters, Frame, Packet } from 'node-av/lib'
import type { FrameShape } from '../filters.js'
import type { GpuDevice } from './gpu-device.js'
import { GpuScaler } from './gpu-scaler.js'
import type { Av } from './library.js'
import { perSecond } from './opened-source.js'

export interface DecodingOptions {
  keyframesOnly: boolean
  maxPixels: number
  shape: FrameShape
}

/** The frames of this source cannot be decoded on the GPU; the message is for a person. */
export class RefusedByGpu extends Error {}

export class PictureSource {
  readonly #av: Av
  readonly #context: CodecContext
  readonly #scaler: GpuScaler | null
  readonly #decoded: Frame
  readonly #codec: string

  /** @param gpu null decodes in software. */
  constructor(av: Av, codec: CodecParameters, options: DecodingOptions, gpu: GpuDevice | null) {
    this.#av = av
    this.#codec = av.avGetCodecName(codec.codecId) ?? 'unknown'
    const decoder = av.Codec.findDecoder(codec.codecId)
    if (!decoder) throw new Error(`this FFmpeg has no decoder of ${this.#codec}`)
    this.#context = new av.CodecContext()
    this.#context.allocContext3(decoder)
    this.#context.parametersToContext(codec)
    this.#context.threadCount = 1 // frame threads would hold frames back, and streams are parallel already
    if (gpu) gpu.decodeWith(this.#context)
    this.#scaler = gpu && new GpuScaler(av, options.shape)
    this.#decoded = new av.Frame()
    this.#decoded.alloc()
  }

  get codec(): string {
    return this.#codec
  }

  /** As the bitstream itself tells; null where it does not. */
  get fps(): number | null {
    return perSecond(this.#context.framerate)
  }

  async open({ keyframesOnly, maxPixels }: DecodingOptions): Promise<number> {
    const options = this.#av.Dictionary.fromObject({
      max_pixels: String(maxPixels),
      ...(keyframesOnly && { skip_frame: 'nokey' }),
    })
    const opened = await this.#context.open2(null, options)
    options.free()
    return opened
  }

  /**
   * Gives every frame that the packet completes, in order of presentation.
   * @param packet null where the source is over: what the decoder holds back comes out.
   * @param take the frame is the caller's until the promise resolves; `picture` is it, or its scaled copy, in host memory.
   * @returns 0, or FFmpeg's error code for a packet that cannot be decoded.
   * @throws RefusedByGpu.
   */
  async decode(packet: Packet | null, take: (frame: Frame) => Promise<void>): Promise<number> {
    const sent = await this.#context.sendPacket(packet)
    // The decoding was done in `sendPacket`, in a thread of its own: this only fetches.
    while (this.#context.receiveFrameSync(this.#decoded) >= 0) {
      await take(this.#decoded)
      this.#decoded.unref()
    }
    if (packet === null) this.#context.flushBuffers()
    return sent
  }

  /** The frame in host memory; of the letterbox's content size already where the GPU scales. */
  async picture(frame: Frame): Promise<Frame> {
    if (!this.#scaler) return frame
    if (!frame.isHwFrame()) throw new RefusedByGpu(`NVDEC does not decode this ${this.#codec} stream.`)
    return this.#scaler.scale(frame)
  }

  /** Call where nothing is being decoded. */
  close(): void {
    this.#decoded.free()
    this.#scaler?.close()
    this.#context.freeContext()
  }
}
