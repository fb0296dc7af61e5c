/** One frame as a JPEG, without its padding, for whoever looks at a stream. Not for the hot path: give it a copy of the pixels. */
import sharp from 'sharp'
import { fitOf } from '../../shared/frame/letterbox.js'
import type { PreparedModel } from '../model/prepared-model.js'
import type { SourceSize } from '../postprocess/source-box.js'
import { rgbOf } from './rgb.js'

const JPEG_QUALITY = 75

/** @param pixels I420 of the model's input, as it lies in a slot. */
export function encodeJpeg(
  pixels: Uint8Array,
  { widthPx, heightPx, letterbox }: Pick<PreparedModel, 'widthPx' | 'heightPx' | 'letterbox'>,
  source: SourceSize,
): Promise<Buffer> {
  const fit = fitOf(letterbox, widthPx, heightPx, source.widthPx, source.heightPx)
  const rgb = rgbOf(pixels, widthPx, heightPx, fit)
  const raw = { width: fit.scaledWidthPx, height: fit.scaledHeightPx, channels: 3 } as const
  return sharp(rgb, { raw }).jpeg({ quality: JPEG_QUALITY }).toBuffer()
}
