/** The clip that all streams of a benchmark play: H.264, 10 fps, re-encoded once so that only decoding is measured. */
import { execFileSync } from 'node:child_process'
import path from 'node:path'

const DEFAULT_VIDEO = '/usr/share/doc/opencv-doc/examples/data/vtest.avi'

/** @returns path of an H.264 file in `dir`. */
export function encodeClip(dir: string, video = process.env.RINGSIDE_BENCH_VIDEO ?? DEFAULT_VIDEO): string {
  const clip = path.join(dir, 'clip.mp4')
  const flags = [
    '-v',
    'error',
    '-t',
    '30',
    '-i',
    video,
    '-an',
    '-r',
    '10',
    '-pix_fmt',
    'yuv420p',
    '-c:v',
    'libx264',
    '-preset',
    'fast',
    '-g',
    '20',
    clip,
  ]
  execFileSync('ffmpeg', flags)
  return clip
}
