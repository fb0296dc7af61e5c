/** One clip through FFmpeg's filters and through libav's painter: the same frames, so that detections do not depend on the decoder. */
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Av, loadAv } from '../../ingest/decoder/av/library.js'
import { type FrameShape, filtersOf } from '../../ingest/decoder/filters.js'
import { canvases } from '../bench/gpu/decode-equality.js'

const FRAMES = 5
const shapes: FrameShape[] = [
  { widthPx: 640, heightPx: 640, letterbox: { anchor: 'center', padValue: 114 } },
  { widthPx: 416, heightPx: 416, letterbox: { anchor: 'top_left', padValue: 114 } },
  { widthPx: 416, heightPx: 416, letterbox: { anchor: 'stretch', padValue: 0 } },
]

let av: Av
let dir: string
beforeAll(async () => {
  av = await loadAv()
  av.Log.setLevel(av.AV_LOG_QUIET)
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'rs-agree-'))
})
afterAll(() => fs.rmSync(dir, { recursive: true }))

describe('libav and ffmpeg', () => {
  it.each([
    ['1080p', '1920x1080', 'yuv420p'],
    ['upright', '720x1280', 'yuv420p'],
    ['of full range', '1280x720', 'yuvj420p'],
    ['of an odd shape', '700x400', 'yuv422p'],
  ])('make the same of video %s', async (name, size, format) => {
    const clip = path.join(dir, `${name}.mp4`)
    encode(clip, size, format)
    for (const shape of shapes) {
      const wanted = throughFfmpeg(clip, shape)
      const given = await canvases(av, clip, shape, FRAMES, null)
      expect(given).toHaveLength(FRAMES)
      const off = given.map(({ pixels }, i) => meanDifference(pixels, frameOf(wanted, i, shape)))
      expect(Math.max(...off), `${JSON.stringify(shape)}: ${off}`).toBeLessThan(0.35)
    }
  })
})

function encode(clip: string, size: string, format: string): void {
  const source = ['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=25:duration=0.4`]
  ffmpeg([...source, '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', format, '-y', clip])
}

function throughFfmpeg(clip: string, shape: FrameShape): Buffer {
  const filters = ['-vf', filtersOf(shape, null).join(','), '-frames:v', String(FRAMES)]
  return ffmpeg(['-i', clip, ...filters, '-pix_fmt', 'yuv420p', '-f', 'rawvideo', 'pipe:1'])
}

function ffmpeg(args: readonly string[]): Buffer {
  return execFileSync('ffmpeg', ['-v', 'error', '-nostdin', ...args], { maxBuffer: 1 << 28 })
}

function frameOf(frames: Buffer, i: number, { widthPx, heightPx }: FrameShape): Buffer {
  const bytes = (widthPx * heightPx * 3) / 2
  return frames.subarray(i * bytes, (i + 1) * bytes)
}

/** In levels of 255. */
function meanDifference(a: Uint8Array, b: Uint8Array): number {
  expect(a.length).toBe(b.length)
  return a.reduce((sum, level, i) => sum + Math.abs(level - (b[i] as number)), 0) / a.length
}
