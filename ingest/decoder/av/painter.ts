/** Puts decoded pictures into slots: one libswscale context for the size and format that the source has now. */
import type { Frame, SoftwareScaleContext } from 'node-av/lib'
import type { FrameShape } from '../filters.js'
import { fillPadding, isDirect, type Plane, planesOf, Scratch } from './canvas.js'
import type { Av } from './library.js'

/** What the painter is set up for. */
interface Setup {
  key: string
  planes: Plane[]
  scaler: SoftwareScaleContext
  /** Null where libswscale writes the slot itself. */
  scratch: Scratch | null
}

export class Painter {
  readonly #av: Av
  readonly #shape: FrameShape
  #setup: Setup | null = null

  constructor(av: Av, shape: FrameShape) {
    this.#av = av
    this.#shape = shape
  }

  /**
   * @param frame in host memory: the whole picture, or one that was scaled to the letterbox's content already.
   * @param source the size that the camera sends.
   * @param pixels I420, width · height · 3 / 2 of the shape. Written whole.
   * @throws where libswscale cannot convert the frame's format.
   */
  async paint(
    frame: Frame,
    source: { widthPx: number; heightPx: number },
    pixels: Uint8Array,
  ): Promise<void> {
    const { planes, scaler, scratch } = this.#setupFor(frame, source)
    const { data, linesize, height } = frame
    if (!data) throw new Error('the decoder gave a frame without data')
    const to = scratch ? scratch.planes : planes.map(plane => contentOf(pixels, plane))
    const strides = scratch ? scratch.strides : planes.map(({ width }) => width)
    const rows = await scaler.scale(data, linesize, 0, height, to, strides)
    if (rows !== planes[0]?.contentHeight) throw new Error(`libswscale gave ${rows} rows`)
    scratch?.copyTo(pixels, planes)
    fillPadding(pixels, planes)
  }

  /** Call where no `paint` is under way. Idempotent. */
  close(): void {
    this.#setup?.scaler.freeContext()
    this.#setup = null
  }

  #setupFor(frame: Frame, source: { widthPx: number; heightPx: number }): Setup {
    const format = this.#formatOf(frame)
    const key = [frame.width, frame.height, format, source.widthPx, source.heightPx].join()
    if (this.#setup?.key === key) return this.#setup
    this.close()
    const planes = planesOf(this.#shape, source.widthPx, source.heightPx)
    const { contentWidth, contentHeight } = planes[0] as Plane
    const { AV_PIX_FMT_YUV420P, SWS_BILINEAR, SoftwareScaleContext } = this.#av
    const scaler = new SoftwareScaleContext()
    const size = [contentWidth, contentHeight] as const
    scaler.getContext(frame.width, frame.height, format, ...size, AV_PIX_FMT_YUV420P, SWS_BILINEAR)
    this.#setup = { key, planes, scaler, scratch: isDirect(planes) ? null : new Scratch(planes) }
    return this.#setup
  }

  /** libswscale's old interface takes the range from the format's name; slots hold limited range. */
  #formatOf(frame: Frame): Parameters<SoftwareScaleContext['getContext']>[2] {
    const { AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUVJ420P, AV_PIX_FMT_YUV422P, AV_PIX_FMT_YUVJ422P } = this.#av
    const format = frame.format as Parameters<SoftwareScaleContext['getContext']>[2]
    if (frame.colorRange !== this.#av.AVCOL_RANGE_JPEG) return format
    if (format === AV_PIX_FMT_YUV420P) return AV_PIX_FMT_YUVJ420P
    return format === AV_PIX_FMT_YUV422P ? AV_PIX_FMT_YUVJ422P : format
  }
}

function contentOf(pixels: Uint8Array, { offset, width, height, x, y }: Plane): Buffer {
  const start = offset + y * width + x
  return Buffer.from(pixels.buffer, pixels.byteOffset + start, offset + width * height - start)
}
