/** A camera's video in words: codec, size, rate. */
import type { SourceInfo } from '../../../shared/stream/stream.js'

const codecNames: Record<string, string> = {
  h264: 'H.264',
  hevc: 'H.265',
  h265: 'H.265',
  av1: 'AV1',
  vp8: 'VP8',
  vp9: 'VP9',
  mjpeg: 'Motion JPEG',
  mpeg4: 'MPEG-4',
  mpeg2video: 'MPEG-2',
}

export function codecName(codec: string): string {
  return codecNames[codec.toLowerCase()] ?? codec
}

export function describeSource(source: SourceInfo): string {
  const size = `${source.widthPx} × ${source.heightPx}`
  const rate = source.fps === null ? [] : [`${Math.round(source.fps * 10) / 10} fps`]
  return [size, codecName(source.codec), ...rate].join(' · ')
}
