/** Frames of the user's pictures or clip, as streams would deliver them, spread evenly. Here ingest and infer meet. */
import type { Config } from '../../config/schema.js'
import { clipFrames } from '../../ingest/decoder/clip-frames.js'
import { findFfmpeg } from '../../ingest/decoder/ffmpeg-path.js'
import type { FrameShape } from '../../ingest/decoder/filters.js'
import { decodePictures, picturesIn } from '../../ingest/decoder/picture-frames.js'
import { createLog } from '../../shared/log.js'

export interface FramesFrom {
  /** A folder of pictures. Either this or a clip. */
  images?: string
  clip?: string
  frames: number
}

/** I420 frames, at most as many as were asked for. @throws RingsideError `picture_unreadable` or `ffmpeg_missing`. */
export async function* calibrationFrames(
  { images, clip, frames }: FramesFrom,
  shape: FrameShape,
  { dataDir, ingest }: Config,
): AsyncGenerator<Uint8Array> {
  const ffmpeg = findFfmpeg(ingest.ffmpegPath, dataDir, createLog({ level: 'silent', name: 'model' }))
  if (clip !== undefined) yield* clipFrames(clip, shape, frames, ffmpeg)
  if (images === undefined) return
  const chosen = evenly(await picturesIn(images), frames)
  for await (const { pixels } of decodePictures(chosen, shape, ffmpeg)) yield pixels
}

/** Folders are often in some order: their first pictures may show one scene only. */
export function evenly<Item>(items: readonly Item[], count: number): Item[] {
  if (items.length <= count) return [...items]
  return Array.from({ length: count }, (_, i) => items[Math.floor(((i + 0.5) * items.length) / count)]!)
}
