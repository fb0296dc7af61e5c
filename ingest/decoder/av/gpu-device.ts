/** The CUDA context of a decoder process: opened once, kept while cameras come and go, since opening takes long. */
import type { CodecContext, HardwareDeviceContext } from 'node-av/lib'
import type { Av } from './library.js'

/** Frames that we hold beside those of the decoder itself: one in the scaler, one in hand. */
const EXTRA_FRAMES = 2

export class GpuDevice {
  readonly #av: Av
  readonly #context: HardwareDeviceContext

  private constructor(av: Av, context: HardwareDeviceContext) {
    this.#av = av
    this.#context = context
  }

  /** @throws Error with a sentence that says what is missing. */
  static open(av: Av, ordinal: number): GpuDevice {
    for (const name of ['scale_cuda', 'hwdownload'])
      if (!av.Filter.getByName(name)) throw new Error(`The FFmpeg of node-av has no filter ${name}.`)
    const context = new av.HardwareDeviceContext()
    const created = context.create(av.AV_HWDEVICE_TYPE_CUDA, String(ordinal), null)
    if (created < 0) {
      const why = new av.FFmpegError(created).message
      throw new Error(`CUDA device ${ordinal} cannot be opened (${why}): see \`ringside doctor\`.`)
    }
    return new GpuDevice(av, context)
  }

  /** Before the decoder is opened. A codec or profile that NVDEC lacks then decodes in software: its frames show it. */
  decodeWith(decoder: CodecContext): void {
    decoder.hwDeviceCtx = this.#context
    decoder.extraHWFrames = EXTRA_FRAMES
    decoder.setHardwarePixelFormat(this.#av.AV_PIX_FMT_CUDA, this.#av.AV_PIX_FMT_YUV420P)
  }
}
