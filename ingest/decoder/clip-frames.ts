/** Frames of a clip, spread evenly over it, as ingest would deliver them. For calibration and checks, outside the service. */
import { spawn } from 'node:child_process'
import path from 'node:path'
import { messageOf, RingsideError } from '../../shared/errors.js'
import type { Ffmpeg } from './ffmpeg-path.js'
import { type FrameShape, filtersOf } from './filters.js'
import { everyFrameOnce, framesOfRun } from './frame-run.js'
import { environment } from './process.js'

/**
 * The whole clip is read twice: its packets to count them, then its frames to choose from.
 * @param count how many; a shorter clip gives all it has.
 * @returns I420 frames of the shape's size.
 * @throws RingsideError `picture_unreadable`, naming the file.
 */
export async function* clipFrames(
  file: string,
  shape: FrameShape,
  count: number,
  ffmpeg: Ffmpeg,
): AsyncGenerator<Uint8Array> {
  const clip = path.resolve(file)
  const input = ['-threads', '1', '-protocol_whitelist', 'file', '-i', `file:${clip}`, '-map', '0:v:0']
  const packets = await countPackets(clip, input, ffmpeg)
  const filters = [evenly(count, packets), ...filtersOf(shape, null)].join(',')
  const args = [...input, '-vf', filters, '-an', '-sn', '-dn', ...everyFrameOnce(ffmpeg)]
  let given = 0
  try {
    for await (const frame of framesOfRun(ffmpeg, args, (shape.widthPx * shape.heightPx * 3) / 2)) {
      given++
      yield frame
    }
  } catch (error) {
    throw error instanceof RingsideError ? unreadable(clip, error.message) : error
  }
  if (given === 0) throw unreadable(clip, 'it has no frame that can be decoded')
}

/** Takes frame n where the share of the clip that lies behind it passes another 1/count, half a step in. */
function evenly(count: number, total: number): string {
  const share = (n: string): string => `floor((${n})*${count}/${total}+0.5)`
  return `select='gt(${share('n+1')},${share('n')})'`
}

function countPackets(clip: string, input: readonly string[], ffmpeg: Ffmpeg): Promise<number> {
  const args = [...input, '-c', 'copy', '-f', 'null', '-progress', 'pipe:1', '-']
  const child = spawn(ffmpeg.path, ['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'error', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: '/',
    env: environment(),
  })
  let progress = ''
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    progress += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2000)
  })
  return new Promise((resolve, reject) => {
    child.once('error', cause => reject(unreadable(clip, messageOf(cause))))
    child.once('close', code => {
      const frames = Number([...progress.matchAll(/^frame=\s*(\d+)$/gm)].at(-1)?.[1] ?? 0)
      if (code === 0 && frames > 0) resolve(frames)
      else reject(unreadable(clip, said.trim().split('\n')[0] || 'it holds no video'))
    })
  })
}

function unreadable(clip: string, why: string): RingsideError {
  return new RingsideError('picture_unreadable', `${clip} cannot be used: ${why}`, {
    key: 'clip',
    value: clip,
    remedy: 'Give a video file that FFmpeg plays.',
  })
}
