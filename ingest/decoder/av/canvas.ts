/**
 * Letterboxes a picture into a slot: libswscale writes the picture's area of the slot itself, then the padding is filled.
 *
 * libswscale stores whole SIMD registers, so that a row may run over its end by less than one. Into the next row that is
 * harmless, since rows come from the top down and padding comes last; below the last row it needs padding to run into.
 * Where there is none (a picture that fills the canvas, of a width that no register divides) it goes to a canvas of our own
 * first, and the rows are copied.
 */
import { type Fit, fitOf } from '../../../shared/frame/letterbox.js'
import type { FrameShape } from '../filters.js'

/** The widest register: AVX-512. */
const REGISTER_BYTES = 64

/** One plane of an I420 canvas and the picture's place in it, all in bytes of that plane. */
export interface Plane {
  offset: number
  width: number
  height: number
  x: number
  y: number
  contentWidth: number
  contentHeight: number
  pad: number
}

/** Where a source of this size lies in the canvas of `shape`: planes Y, U, V. */
export function planesOf(shape: FrameShape, sourceWidthPx: number, sourceHeightPx: number): Plane[] {
  const { widthPx, heightPx, letterbox } = shape
  const fit = fitOf(letterbox, widthPx, heightPx, sourceWidthPx, sourceHeightPx)
  const luma = widthPx * heightPx
  return [
    plane(0, widthPx, heightPx, fit, 1, limitedRange(letterbox.padValue)),
    plane(luma, widthPx, heightPx, fit, 2, 128),
    plane(luma + luma / 4, widthPx, heightPx, fit, 2, 128),
  ]
}

function plane(offset: number, widthPx: number, heightPx: number, fit: Fit, by: 1 | 2, pad: number): Plane {
  return {
    offset,
    width: widthPx / by,
    height: heightPx / by,
    x: fit.offsetXPx / by,
    y: fit.offsetYPx / by,
    contentWidth: fit.scaledWidthPx / by,
    contentHeight: fit.scaledHeightPx / by,
    pad,
  }
}

/** Grey 0 … 255 as luma of limited range, 16 … 235 (ITU-R BT.601). */
function limitedRange(grey: number): number {
  return Math.round(16 + (grey * 219) / 255)
}

/** Whether libswscale may write the picture's area of the canvas itself. */
export function isDirect(planes: readonly Plane[]): boolean {
  return planes.every(({ width, height, x, y, contentWidth, contentHeight }) => {
    const overrun = Math.ceil(contentWidth / REGISTER_BYTES) * REGISTER_BYTES - contentWidth
    const room = width - x - contentWidth + (height - y - contentHeight) * width
    return overrun <= room
  })
}

/** Fills what of the canvas is not picture. */
export function fillPadding(pixels: Uint8Array, planes: readonly Plane[]): void {
  for (const { offset, width, height, x, y, contentWidth, contentHeight, pad } of planes) {
    pixels.fill(pad, offset, offset + y * width)
    pixels.fill(pad, offset + (y + contentHeight) * width, offset + height * width)
    const right = width - x - contentWidth
    if (x === 0 && right === 0) continue
    for (let row = y; row < y + contentHeight; row++) {
      const start = offset + row * width
      pixels.fill(pad, start, start + x)
      pixels.fill(pad, start + width - right, start + width)
    }
  }
}

/** A canvas of our own, with room at each row's end for libswscale to run over. */
export class Scratch {
  readonly planes: Buffer[]
  readonly strides: number[]

  constructor(planes: readonly Plane[]) {
    this.strides = planes.map(
      ({ contentWidth }) => Math.ceil(contentWidth / REGISTER_BYTES) * REGISTER_BYTES + REGISTER_BYTES,
    )
    this.planes = planes.map(({ contentHeight }, i) =>
      Buffer.alloc(contentHeight * (this.strides[i] as number)),
    )
  }

  copyTo(pixels: Uint8Array, planes: readonly Plane[]): void {
    planes.forEach(({ offset, width, x, y, contentWidth, contentHeight }, i) => {
      const from = this.planes[i] as Buffer
      const stride = this.strides[i] as number
      for (let row = 0; row < contentHeight; row++)
        pixels.set(from.subarray(row * stride, row * stride + contentWidth), offset + (y + row) * width + x)
    })
  }
}
