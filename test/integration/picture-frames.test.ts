/** Pictures and clips as frames: colours, uprightness, geometry, order and refusals, by a real FFmpeg. */
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clipFrames } from '../../ingest/decoder/clip-frames.js'
import { probeFfmpeg } from '../../ingest/decoder/ffmpeg-path.js'
import { decodePicture, decodePictures, picturesIn } from '../../ingest/decoder/picture-frames.js'
import { fitOf } from '../../shared/frame/letterbox.js'

const ffmpeg = probeFfmpeg('ffmpeg', 'PATH')
const size = 128
const shape = { widthPx: size, heightPx: size, letterbox: { anchor: 'center', padValue: 114 } } as const
/** BT.601 of 200, 100, 50 in limited range. */
const ORANGE = { y: 123, u: 91, v: 176 }
let dir: string

const plain = (widthPx = 64, heightPx = 64) =>
  sharp({ create: { width: widthPx, height: heightPx, channels: 3, background: { r: 200, g: 100, b: 50 } } })

const at = (pixels: Uint8Array, x: number, y: number) => ({
  y: pixels[y * size + x]!,
  u: pixels[size * size + (y >> 1) * (size / 2) + (x >> 1)]!,
  v: pixels[(size * size * 5) / 4 + (y >> 1) * (size / 2) + (x >> 1)]!,
})

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

beforeAll(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-pictures-'))
})
afterAll(() => fs.rmSync(dir, { recursive: true }))

describe('a picture as a frame', () => {
  it('has the colours of a camera, whatever its format', async () => {
    const folder = path.join(dir, 'formats')
    fs.mkdirSync(folder)
    const file = (name: string) => path.join(folder, name)
    await plain().jpeg({ quality: 100, chromaSubsampling: '4:2:0' }).toFile(file('a420.jpg'))
    await plain().jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toFile(file('b444.jpeg'))
    await plain().png().toFile(file('c.png'))
    await plain().ensureAlpha().png().toFile(file('d%02d odd.png'))
    await plain().webp({ quality: 100 }).toFile(file('e.webp'))
    await plain().webp({ lossless: true }).toFile(file('f.WEBP'))
    await plain().png().toFile(file('g-is-a-png.jpg'))
    const frames = await collect(decodePictures(await picturesIn(folder), shape, ffmpeg))
    expect(frames).toHaveLength(7)
    for (const { file: name, pixels } of frames) {
      const { y, u, v } = at(pixels, 64, 64)
      const off = Math.max(Math.abs(y - ORANGE.y), Math.abs(u - ORANGE.u), Math.abs(v - ORANGE.v))
      expect([path.basename(name), off <= 1]).toEqual([path.basename(name), true])
    }
  })

  it('stands upright, as another library turns it, and its size is that of the upright picture', async () => {
    const corner = { create: { width: 45, height: 30, channels: 3, background: 'black' } } as const
    const stored = await sharp({ create: { width: 90, height: 60, channels: 3, background: 'white' } })
      .composite([{ input: corner, left: 0, top: 0 }])
      .png()
      .toBuffer()
    for (let orientation = 1; orientation <= 8; orientation++) {
      const file = path.join(dir, `upright-${orientation}.jpg`)
      await sharp(stored).withMetadata({ orientation }).jpeg({ quality: 100 }).toFile(file)
      const frame = await decodePicture(file, shape, ffmpeg)
      const { data, info } = await sharp(file)
        .autoOrient()
        .greyscale()
        .raw()
        .toBuffer({ resolveWithObject: true })
      expect([frame.sourceWidthPx, frame.sourceHeightPx]).toEqual([info.width, info.height])
      const fit = fitOf(shape.letterbox, size, size, info.width, info.height)
      for (const [right, down] of [
        [1, 1],
        [3, 1],
        [1, 3],
        [3, 3],
      ] as const) {
        const theirs =
          data[Math.floor((info.height * down) / 4) * info.width + Math.floor((info.width * right) / 4)]!
        const x = fit.offsetXPx + Math.floor((fit.scaledWidthPx * right) / 4)
        const y = fit.offsetYPx + Math.floor((fit.scaledHeightPx * down) / 4)
        expect([orientation, right, down, at(frame.pixels, x, y).y < 128]).toEqual([
          orientation,
          right,
          down,
          theirs < 128,
        ])
      }
    }
  })

  it.each([
    [101, 57],
    [57, 101],
    [33, 33],
    [1, 1],
  ])('of %i×%i lies where fitOf says, no column lost', async (widthPx, heightPx) => {
    const file = path.join(dir, `odd-${widthPx}.png`)
    await plain(widthPx, heightPx).png().toFile(file)
    const frame = await decodePicture(file, shape, ffmpeg)
    expect([frame.sourceWidthPx, frame.sourceHeightPx]).toEqual([widthPx, heightPx])
    const fit = fitOf(shape.letterbox, size, size, widthPx, heightPx)
    const inside = frame.pixels.subarray(0, size * size).filter(luma => Math.abs(luma - ORANGE.y) <= 2)
    expect(inside.length).toBe(fit.scaledWidthPx * fit.scaledHeightPx)
  })

  it('comes in the order asked for, across runs of FFmpeg, as it comes alone', async () => {
    const folder = path.join(dir, 'many')
    fs.mkdirSync(folder)
    const greys = Array.from({ length: 37 }, (_, i) => 20 + i * 6)
    for (const [i, grey] of greys.entries()) {
      const background = { r: grey, g: grey, b: grey }
      const name = path.join(folder, `${String(i).padStart(3, '0')}.png`)
      await sharp({ create: { width: 40 + i, height: 90 - i, channels: 3, background } })
        .png()
        .toFile(name)
    }
    const frames = await collect(decodePictures(await picturesIn(folder), shape, ffmpeg))
    const lumas = frames.map(({ pixels }) => at(pixels, 64, 64).y)
    expect(lumas).toEqual([...lumas].sort((a, b) => a - b))
    expect(new Set(lumas).size).toBe(greys.length)
    const alone = await decodePicture(frames[20]!.file, shape, ffmpeg)
    expect(Buffer.compare(alone.pixels, frames[20]!.pixels)).toBe(0)
  })

  it('is refused by name where it is damaged, among good ones too', async () => {
    const folder = path.join(dir, 'damaged')
    fs.mkdirSync(folder)
    const whole = await sharp({
      create: { width: 200, height: 200, channels: 3, background: 'white', noise: { type: 'gaussian' } },
    })
      .jpeg()
      .toBuffer()
    fs.writeFileSync(path.join(folder, 'a.jpg'), whole)
    fs.writeFileSync(path.join(folder, 'b.jpg'), whole.subarray(0, whole.length / 2))
    const all = collect(decodePictures(await picturesIn(folder), shape, ffmpeg))
    await expect(all).rejects.toMatchObject({
      code: 'picture_unreadable',
      value: path.join(folder, 'b.jpg'),
    })
    fs.writeFileSync(path.join(folder, 'c.jpg'), 'no picture at all')
    await expect(decodePicture(path.join(folder, 'c.jpg'), shape, ffmpeg)).rejects.toThrow(/c\.jpg/)
    await expect(picturesIn(path.join(dir, 'absent'))).rejects.toMatchObject({ code: 'picture_unreadable' })
    await expect(picturesIn('/proc/self/fd')).rejects.toThrow(/there is no .jpg/)
  })
})

describe('frames of a clip', () => {
  const clip = () => path.join(dir, 'clip.mp4')

  beforeAll(() => {
    // Frame n has the luma n: 120 of them.
    const source = 'nullsrc=size=64x64:rate=30:duration=4,geq=lum=20+N:cb=128:cr=128'
    const codec = ['-c:v', 'libx264', '-qp', '1', '-pix_fmt', 'yuv420p', '-g', '30']
    execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', source, ...codec, clip()])
  })

  it.each([1, 7, 30, 120])('are spread evenly: %i of them', async count => {
    const frames = await collect(clipFrames(clip(), shape, count, ffmpeg))
    expect(frames).toHaveLength(count)
    frames.forEach((frame, i) => {
      const wanted = ((i + 0.5) * 120) / count
      expect(Math.abs(at(frame, 64, 64).y - 20 - wanted)).toBeLessThanOrEqual(2)
    })
  })

  it('are all there are, where fewer than asked for', async () =>
    expect(await collect(clipFrames(clip(), shape, 500, ffmpeg))).toHaveLength(120))

  it('are refused by name where there is no video', async () => {
    const file = path.join(dir, 'text.mp4')
    fs.writeFileSync(file, 'no clip')
    await expect(collect(clipFrames(file, shape, 5, ffmpeg))).rejects.toMatchObject({
      code: 'picture_unreadable',
      value: file,
    })
  })
})
