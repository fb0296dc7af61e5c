/** Looks at the pixels of the dashboard's live canvas: where a box is drawn, and where none is. */
import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { expect } from 'vitest'
import { classColour } from '../../publish/web/live/colour.js'
import type { Box } from '../../shared/detection/message.js'

/** The source frames that the tests tell of. */
export const frameSize = { width: 1280, height: 960 }

/** In source pixels. */
type Place = [x: number, y: number]

export interface Colour {
  r: number
  g: number
  b: number
}

export async function expectBox(page: Page, [x1, y1, x2, y2]: Box, classId: number): Promise<void> {
  const line = rgb(classColour(classId).line)
  const edges: Place[] = [
    [x1, (y1 + y2) / 2],
    [x2, (y1 + y2) / 2],
    [(x1 + x2) / 2, y2],
  ]
  for (const at of edges) await expectNear(page, at, line, Math.min)
}

/** No box passes here: the picture itself is seen. */
export function expectPicture(page: Page, at: Place, colour: Colour): Promise<void> {
  return expectNear(page, at, colour, Math.max)
}

/**
 * @param at in source pixels; an edge may lie a canvas pixel beside it.
 * @param judge `Math.min`: some pixel there has the colour; `Math.max`: all have.
 */
async function expectNear(page: Page, [x, y]: Place, colour: Colour, judge: typeof Math.min): Promise<void> {
  const distance = async (): Promise<number> =>
    judge(
      ...(await pixelsAround(page, x / frameSize.width, y / frameSize.height)).map(pixel =>
        farthest(pixel, colour),
      ),
    )
  await expect.poll(distance, { message: `colour at ${x}, ${y}`, timeout: 3000 }).toBeLessThan(24)
}

function farthest([r, g, b]: number[], colour: Colour): number {
  return Math.max(Math.abs(r! - colour.r), Math.abs(g! - colour.g), Math.abs(b! - colour.b))
}

/** The 3 × 3 canvas pixels around a place, given as shares of width and height. */
function pixelsAround(page: Page, x: number, y: number): Promise<number[][]> {
  return page.evaluate(
    ([shareX, shareY]) => {
      const canvas = document.querySelector('canvas')!
      const left = Math.round(shareX * canvas.width) - 1
      const top = Math.round(shareY * canvas.height) - 1
      const { data } = canvas.getContext('2d')!.getImageData(left, top, 3, 3)
      return Array.from({ length: 9 }, (_, i) => [...data.slice(i * 4, i * 4 + 3)])
    },
    [x, y] as const,
  )
}

/** A picture of one colour, smaller than the source frame as real ones are. */
export function jpeg(background: Colour): Promise<Buffer> {
  return sharp({ create: { width: 640, height: 480, channels: 3, background } })
    .jpeg({ quality: 95 })
    .toBuffer()
}

function rgb(hex: string): Colour {
  const value = Number.parseInt(hex.slice(1), 16)
  return { r: value >> 16, g: (value >> 8) & 255, b: value & 255 }
}
