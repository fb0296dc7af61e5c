/** A clip with people in it, as an H.264 file that RTSP servers can play. */
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'

/** Debian's package opencv-doc: pedestrians, seen by a surveillance camera, 768×576, 10 fps. */
const CLIP = '/usr/share/doc/opencv-doc/examples/data/vtest.avi'

/** @returns path of the clip, encoded once a machine. */
export function peopleClip(codec: 'h264' | 'h265' = 'h264'): string {
  const file = path.join(os.tmpdir(), `ringside-test-people.${codec}.mp4`)
  if (fs.existsSync(file)) return file
  const encoder =
    codec === 'h264'
      ? ['libx264', '-preset', 'fast']
      : ['libx265', '-preset', 'fast', '-x265-params', 'log-level=error']
  const fresh = `${file}.${process.pid}.mp4`
  execFileSync('ffmpeg', [
    '-v',
    'error',
    '-y',
    '-t',
    codec === 'h264' ? '70' : '20',
    '-i',
    CLIP,
    '-an',
    '-pix_fmt',
    'yuv420p',
    '-c:v',
    ...encoder,
    '-g',
    '10',
    '-bf',
    '0',
    fresh,
  ])
  fs.renameSync(fresh, file)
  return file
}
