/** A picture as a camera would deliver it: one H.264 frame, decoded and letterboxed by ingest's own filters. */
import { execFileSync } from 'node:child_process'
import { type FrameShape, filtersOf } from '../../ingest/decoder/filters.js'

/** What cameras of good and of middling bit rates give. */
const CRF = 20

/** Sides become even, as those of any camera: an odd last row or column is cut off, so that boxes keep their place. */
export function encodeStill(image: string, video: string): void {
  const filters =
    'crop=trunc(iw/2)*2:trunc(ih/2)*2:0:0,scale=out_range=tv:out_color_matrix=bt601,format=yuv420p'
  const codec = ['-c:v', 'libx264', '-preset', 'veryfast', '-crf', String(CRF), '-threads', '1']
  ffmpeg(['-y', '-i', image, '-vf', filters, '-frames:v', '1', ...codec, '-f', 'mp4', video])
}

/** I420 of the model's size. */
export function decodeStill(video: string, shape: FrameShape, filters = filtersOf(shape, null)): Uint8Array {
  const output = ['-frames:v', '1', '-pix_fmt', 'yuv420p', '-f', 'rawvideo', '-']
  return new Uint8Array(ffmpeg(['-threads', '1', '-i', video, '-vf', filters.join(','), ...output]))
}

function ffmpeg(args: readonly string[]): Buffer {
  return execFileSync('ffmpeg', ['-v', 'error', '-nostdin', ...args], { maxBuffer: 2 ** 26 })
}
