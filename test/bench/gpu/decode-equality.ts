/** Whether NVDEC with `scale_cuda` gives the frames that software with libswscale gives: one clip through both, plane by plane. */
import type { Frame } from 'node-av/lib'
import { planesOf } from '../../../ingest/decoder/av/canvas.js'
import { GpuDevice } from '../../../ingest/decoder/av/gpu-device.js'
import { type Av, loadAv } from '../../../ingest/decoder/av/library.js'
import { OpenedSource } from '../../../ingest/decoder/av/opened-source.js'
import { Painter } from '../../../ingest/decoder/av/painter.js'
import { PictureSource } from '../../../ingest/decoder/av/picture-source.js'
import type { FrameShape } from '../../../ingest/decoder/filters.js'

const MAX_PIXELS = 8_912_896

export interface PlaneDifference {
  plane: 'Y' | 'U' | 'V'
  /** Over the content of all frames, in levels of 255. */
  mean: number
  /** 99.9 % of the samples differ by no more. */
  p999: number
  /** Samples of the padding that differ; must be 0. */
  padding: number
}

export interface Equality {
  frames: number
  planes: PlaneDifference[]
}

/** @param gpu CUDA ordinal. */
export async function compareDecoders(
  clip: string,
  shape: FrameShape,
  frames: number,
  gpu: number,
): Promise<Equality> {
  const av = await loadAv()
  av.Log.setLevel(av.AV_LOG_ERROR)
  const wanted = await canvases(av, clip, shape, frames, null)
  const given = await canvases(av, clip, shape, frames, GpuDevice.open(av, gpu))
  return { frames: Math.min(wanted.length, given.length), planes: differences(wanted, given, shape) }
}

interface Canvas {
  pixels: Uint8Array
  widthPx: number
  heightPx: number
}

export async function canvases(
  av: Av,
  clip: string,
  shape: FrameShape,
  count: number,
  gpu: GpuDevice | null,
): Promise<Canvas[]> {
  const source = new OpenedSource(av, {
    source: { kind: 'file', address: `file:${clip}` },
    maxPixels: MAX_PIXELS,
  })
  await source.open(() => undefined)
  const options = { keyframesOnly: false, maxPixels: MAX_PIXELS, shape }
  const pictures = new PictureSource(av, source.codec, options, gpu)
  await pictures.open(options)
  const painter = new Painter(av, shape)
  const packet = new av.Packet()
  packet.alloc()
  const done: Canvas[] = []
  const take = async (frame: Frame): Promise<void> => {
    const { width: widthPx, height: heightPx } = frame
    const pixels = new Uint8Array((shape.widthPx * shape.heightPx * 3) / 2)
    await painter.paint(await pictures.picture(frame), { widthPx, heightPx }, pixels)
    done.push({ pixels, widthPx, heightPx })
  }
  while (done.length < count && (await source.read(packet)) >= 0) {
    if (source.isVideo(packet)) await pictures.decode(packet, take)
    packet.unref()
  }
  packet.free()
  pictures.close()
  painter.close()
  await source.close()
  return done.slice(0, count)
}

function differences(wanted: Canvas[], given: Canvas[], shape: FrameShape): PlaneDifference[] {
  const { widthPx, heightPx } = wanted[0] as Canvas
  return planesOf(shape, widthPx, heightPx).map((plane, i) => {
    const histogram = new Float64Array(256)
    let padding = 0
    wanted.forEach(({ pixels }, frame) => {
      const other = given[frame]?.pixels
      if (!other) return
      for (let y = 0; y < plane.height; y++)
        for (let x = 0; x < plane.width; x++) {
          const at = plane.offset + y * plane.width + x
          const off = Math.abs((pixels[at] as number) - (other[at] as number))
          const inside =
            x >= plane.x &&
            x < plane.x + plane.contentWidth &&
            y >= plane.y &&
            y < plane.y + plane.contentHeight
          if (inside) histogram[off]! += 1
          else if (off > 0) padding++
        }
    })
    return { plane: 'YUV'[i] as 'Y' | 'U' | 'V', ...summary(histogram), padding }
  })
}

function summary(histogram: Float64Array): { mean: number; p999: number } {
  const total = histogram.reduce((sum, samples) => sum + samples, 0)
  const mean = histogram.reduce((sum, samples, off) => sum + samples * off, 0) / total
  let below = 0
  const p999 = histogram.findIndex(samples => {
    below += samples
    return below >= total * 0.999
  })
  return { mean, p999 }
}
