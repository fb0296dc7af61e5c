/** What FFmpeg really makes of our filters: the letterbox, measured in pixels against `fitOf`, and the cap, counted in frames. */
import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { probeFfmpeg } from '../../ingest/decoder/ffmpeg-path.js'
import { capFilter, filtersOf } from '../../ingest/decoder/filters.js'
import { type Fit, fitOf } from '../../shared/frame/letterbox.js'
import type { Letterbox } from '../../shared/slab/info.js'

const PAD = 114
const sizes: readonly (readonly [number, number])[] = [
  [1920, 1080],
  [1280, 720],
  [640, 480],
  [720, 576],
  [768, 432],
  [704, 576],
  [352, 288],
  [1080, 1920],
  [416, 416],
  [415, 417],
  [639, 359],
  [1366, 768],
  [2, 2],
  [1000, 20],
  [3, 1001],
]
const anchors = ['center', 'top_left', 'stretch'] as const

function ffmpegFrames(source: string, filters: string): Buffer {
  const args = ['-v', 'fatal', '-f', 'lavfi', '-i', source, '-filter:v', filters, '-vsync', 'passthrough']
  return execFileSync('ffmpeg', [...args, '-pix_fmt', 'yuv420p', '-f', 'rawvideo', 'pipe:1'], {
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

/** A white source shows where its content came to lie. */
function measure(
  letterbox: Letterbox,
  input: readonly [number, number],
  source: readonly [number, number],
): Fit {
  const [widthPx, heightPx] = input
  // 4:4:4, since `color` would make an odd size even
  const white = `color=white:size=${source[0]}x${source[1]}:rate=1:duration=1,format=yuv444p`
  const frame = ffmpegFrames(white, filtersOf({ widthPx, heightPx, letterbox }, null).join(','))
  expect(frame.length).toBe((widthPx * heightPx * 3) / 2)
  const luma = frame.subarray(0, widthPx * heightPx)
  let [left, top, right, bottom, padOff] = [widthPx, heightPx, -1, -1, 0]
  luma.forEach((level, at) => {
    const [x, y] = [at % widthPx, Math.floor(at / widthPx)]
    if (level > 225) {
      left = Math.min(left, x)
      right = Math.max(right, x)
      top = Math.min(top, y)
      bottom = Math.max(bottom, y)
    } else padOff = Math.max(padOff, Math.abs(level - PAD))
  })
  expect(padOff).toBeLessThanOrEqual(1)
  return {
    offsetXPx: left,
    offsetYPx: top,
    scaledWidthPx: right - left + 1,
    scaledHeightPx: bottom - top + 1,
  }
}

describe('the letterbox in FFmpeg', () => {
  for (const anchor of anchors) {
    const letterbox: Letterbox = { anchor, padValue: PAD }
    it(`lies where fitOf says, anchored ${anchor}`, () => {
      for (const source of sizes)
        expect({ source, ...measure(letterbox, [416, 416], source) }).toEqual({
          source,
          ...fitOf(letterbox, 416, 416, ...source),
        })
    })
  }

  it('lies there for any source and input', { timeout: 120_000 }, () => {
    const side = fc.integer({ min: 8, max: 1400 })
    const input = fc.integer({ min: 1, max: 20 }).map(blocks => blocks * 32)
    fc.assert(
      fc.property(side, side, input, input, fc.constantFrom(...anchors), (w, h, inputW, inputH, anchor) => {
        const letterbox: Letterbox = { anchor, padValue: PAD }
        expect(measure(letterbox, [inputW, inputH], [w, h])).toEqual(fitOf(letterbox, inputW, inputH, w, h))
      }),
      { numRuns: 60 },
    )
  })
})

describe('the cap in FFmpeg', () => {
  it.each([
    ['a steady camera', 'N/25/TB', 10, 200, 0.01],
    ['a cap that does not divide the rate', 'N/25/TB', 7, 140, 0.02],
    ['a camera at the very cap, with jitter', '(N/25+0.012*(random(0)-0.5))/TB', 25, 500, 0.01],
    ['a cap above the rate', 'N/25/TB', 60, 500, 0],
    ['a cap below one', 'N/25/TB', 0.5, 10, 0.1],
    ['a clock that jumps ahead', '(N/25+3600*gt(N,250))/TB', 10, 200, 0.02],
    ['a clock that jumps back', '(N/25+3600*lt(N,250))/TB', 10, 200, 0.02],
    ['a clock that does not start at 0', '(N/25+77777.7)/TB', 5, 100, 0.02],
  ] as const)('%s', (_name, pts, fps, expected, tolerance) => {
    const source = 'color=black:size=16x16:rate=25:duration=20,settb=1/90000'
    const frames = ffmpegFrames(source, `setpts='round(${pts})',${capFilter(fps)}`).length / (16 * 16 * 1.5)
    expect(frames).toBeGreaterThanOrEqual(expected * (1 - tolerance) - 1)
    expect(frames).toBeLessThanOrEqual(expected * (1 + tolerance) + 1)
  })

  it('is for an FFmpeg that this machine has', () =>
    expect(probeFfmpeg('ffmpeg', 'PATH').version).toBeTruthy())
})
