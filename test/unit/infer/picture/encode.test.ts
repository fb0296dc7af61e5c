/** The picture of a frame: the content alone, in the colours that FFmpeg sees. */
import { execFileSync } from 'node:child_process'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { encodeJpeg } from '../../../../infer/picture/encode.js'
import { rgbOf } from '../../../../infer/picture/rgb.js'
import { fitOf } from '../../../../shared/frame/letterbox.js'
import { paintFrame } from '../../../tools/i420.js'

const size = { widthPx: 416, heightPx: 416 }
const whole = { scaledWidthPx: 416, scaledHeightPx: 416, offsetXPx: 0, offsetYPx: 0 }

describe('rgbOf', () => {
  it('gives the colours that FFmpeg gives', () => {
    const frame = paintFrame(size, 3)
    const args =
      '-v error -f rawvideo -pix_fmt yuv420p -s 416x416 -i - -sws_flags neighbor+accurate_rnd -pix_fmt rgb24 -f rawvideo -'
    const theirs = execFileSync('ffmpeg', args.split(' '), { input: frame, maxBuffer: 2 ** 24 })
    const ours = rgbOf(frame, 416, 416, whole)
    expect(ours.length).toBe(theirs.length)
    const differences = ours.map((value, i) => Math.abs(value - theirs[i]!))
    // swscale rounds in its own tables; another matrix or range would be off by tens.
    expect(differences.reduce((a, b) => Math.max(a, b))).toBeLessThanOrEqual(4)
    expect(differences.reduce((a, b) => a + b, 0) / differences.length).toBeLessThan(1)
  })

  it('cuts the padding off', () => {
    const frame = paintFrame(size, 1)
    const all = rgbOf(frame, 416, 416, whole)
    const part = rgbOf(frame, 416, 416, {
      scaledWidthPx: 200,
      scaledHeightPx: 100,
      offsetXPx: 40,
      offsetYPx: 60,
    })
    for (const [x, y] of [
      [0, 0],
      [199, 0],
      [0, 99],
      [199, 99],
      [101, 57],
    ] as const) {
      const at = ((y + 60) * 416 + x + 40) * 3
      expect([...part.subarray((y * 200 + x) * 3, (y * 200 + x) * 3 + 3)]).toEqual([
        ...all.subarray(at, at + 3),
      ])
    }
  })
})

describe('encodeJpeg', () => {
  it.each(['top_left', 'center'] as const)('shows a 16:9 source without its padding: %s', async anchor => {
    const model = { ...size, letterbox: { anchor, padValue: 114 } }
    const source = { widthPx: 1920, heightPx: 1080 }
    const { offsetYPx } = fitOf(model.letterbox, 416, 416, 1920, 1080)
    const frame = redFrame(offsetYPx)
    const { data, info } = await sharp(await encodeJpeg(frame, model, source))
      .raw()
      .toBuffer({ resolveWithObject: true })
    expect(info).toMatchObject({ width: 416, height: 234, channels: 3, format: 'raw' })
    const channel = (of: number) => data.filter((_, i) => i % 3 === of)
    expect(channel(0).reduce((a, b) => Math.min(a, b))).toBeGreaterThan(245)
    expect([...channel(1), ...channel(2)].reduce((a, b) => Math.max(a, b))).toBeLessThan(12)
  })
})

function redFrame(offsetYPx: number): Uint8Array {
  const graph = `color=red:s=416x234,format=yuv420p,pad=416:416:0:${offsetYPx}:color=0x727272`
  const args = ['-v', 'error', '-f', 'lavfi', '-i', graph, '-frames:v', '1', '-f', 'rawvideo', '-']
  return new Uint8Array(execFileSync('ffmpeg', args))
}
