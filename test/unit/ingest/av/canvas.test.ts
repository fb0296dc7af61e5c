/** Where libswscale may write a slot itself, and where its overrun would spoil what lies behind: real libswscale, guarded memory. */
import type { Frame } from 'node-av/lib'
import { beforeAll, describe, expect, it } from 'vitest'
import { fillPadding, isDirect, planesOf } from '../../../../ingest/decoder/av/canvas.js'
import { type Av, loadAv } from '../../../../ingest/decoder/av/library.js'
import { Painter } from '../../../../ingest/decoder/av/painter.js'
import { fitOf } from '../../../../shared/frame/letterbox.js'
import type { Letterbox } from '../../../../shared/slab/info.js'

const GUARD_BYTES = 4096
const [LUMA, CB, CR, GREY] = [200, 90, 160, 114]
const sources = [
  [1920, 1080],
  [1080, 1920],
  [1280, 720],
  [640, 480],
  [1000, 1000],
  [415, 417],
  [639, 359],
  [352, 288],
  [240, 320],
  [1000, 20],
  [3, 1001],
  [2, 2],
] as const
const canvases = [
  [640, 640],
  [416, 416],
  [640, 384],
  [320, 320],
  [160, 128],
  [96, 64],
] as const
const anchors = ['center', 'top_left', 'stretch'] as const

let av: Av
beforeAll(async () => {
  av = await loadAv()
})

describe('a painted canvas', () => {
  it.each(anchors)(
    'has picture where fitOf says, padding elsewhere, and nothing beyond, anchored %s',
    async anchor => {
      const letterbox: Letterbox = { anchor, padValue: GREY }
      for (const source of sources)
        for (const canvas of canvases)
          expect(await paint(letterbox, canvas, source), `${source} in ${canvas}`).toEqual({
            wrong: 0,
            beyond: 0,
          })
    },
  )
})

describe('libswscale', () => {
  it('writes into slots itself wherever a camera of usual shape meets a model of usual size', () => {
    const letterbox: Letterbox = { anchor: 'center', padValue: GREY }
    for (const size of [640, 416, 320])
      for (const [w, h] of [
        [1920, 1080],
        [1280, 720],
        [2560, 1440],
        [640, 480],
      ] as const)
        expect(isDirect(planesOf({ widthPx: size, heightPx: size, letterbox }, w, h))).toBe(true)
  })

  it('does not where its registers would run over the last row of a plane', () => {
    const stretched: Letterbox = { anchor: 'stretch', padValue: GREY }
    expect(isDirect(planesOf({ widthPx: 416, heightPx: 416, letterbox: stretched }, 1920, 1080))).toBe(false)
    expect(isDirect(planesOf({ widthPx: 640, heightPx: 640, letterbox: stretched }, 1920, 1080))).toBe(true)
  })
})

describe('padding', () => {
  it('leaves the picture alone and is the grey of FFmpeg’s pad filter', () => {
    const planes = planesOf(
      { widthPx: 64, heightPx: 64, letterbox: { anchor: 'center', padValue: 114 } },
      100,
      50,
    )
    const pixels = new Uint8Array(64 * 64 * 1.5)
    fillPadding(pixels, planes)
    expect(new Set(pixels)).toEqual(new Set([0, 114, 128]))
    expect(pixels.filter(level => level === 0).length).toBe(64 * 32 * 1.5)
  })
})

/** @returns samples of the canvas that are not as they should be, and bytes around it that were written. */
async function paint(
  letterbox: Letterbox,
  [widthPx, heightPx]: readonly [number, number],
  [sourceWidth, sourceHeight]: readonly [number, number],
): Promise<{ wrong: number; beyond: number }> {
  const bytes = (widthPx * heightPx * 3) / 2
  const memory = new Uint8Array(GUARD_BYTES + bytes + GUARD_BYTES).fill(7)
  const pixels = memory.subarray(GUARD_BYTES, GUARD_BYTES + bytes)
  const painter = new Painter(av, { widthPx, heightPx, letterbox })
  const frame = flat(sourceWidth, sourceHeight)
  await painter.paint(frame, { widthPx: sourceWidth, heightPx: sourceHeight }, pixels)
  painter.close()
  frame.free()
  const fit = fitOf(letterbox, widthPx, heightPx, sourceWidth, sourceHeight)
  let wrong = 0
  const levels = [LUMA, CB, CR]
  for (const [i, by] of [1, 2, 2].entries()) {
    const offset = [0, widthPx * heightPx, (widthPx * heightPx * 5) / 4][i] as number
    for (let y = 0; y < heightPx / by; y++)
      for (let x = 0; x < widthPx / by; x++) {
        const [column, row] = [x * by - fit.offsetXPx, y * by - fit.offsetYPx]
        const inside = column >= 0 && row >= 0 && column < fit.scaledWidthPx && row < fit.scaledHeightPx
        const want = inside ? (levels[i] as number) : i === 0 ? GREY : 128
        if (Math.abs((pixels[offset + (y * widthPx) / by + x] as number) - want) > 1) wrong++
      }
  }
  const around = [...memory.subarray(0, GUARD_BYTES), ...memory.subarray(GUARD_BYTES + bytes)]
  return { wrong, beyond: around.filter(byte => byte !== 7).length }
}

/** A picture of one colour. */
function flat(width: number, height: number): Frame {
  const frame = new av.Frame()
  frame.alloc()
  frame.width = width
  frame.height = height
  frame.format = av.AV_PIX_FMT_YUV420P
  frame.getBuffer()
  for (const [i, plane] of (frame.data ?? []).entries()) plane.fill([LUMA, CB, CR][i] as number)
  return frame
}
