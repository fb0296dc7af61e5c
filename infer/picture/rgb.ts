/** The content area of an I420 frame as RGB, in integers. Plain code costs less here than three passes of an image library. */
import type { Fit } from '../../shared/frame/letterbox.js'

/** BT.601, limited range, times 2^16. */
const Y_SCALE = 76309
const R_FROM_V = 104597
const G_FROM_U = 25675
const G_FROM_V = 53279
const B_FROM_U = 132201
const HALF = 1 << 15

/** Top left pixel and size are even, as a `Fit` promises; each chroma sample serves 2×2 pixels. */
export function rgbOf(pixels: Uint8Array, widthPx: number, heightPx: number, fit: Fit): Uint8ClampedArray {
  const rgb = new Uint8ClampedArray(fit.scaledWidthPx * fit.scaledHeightPx * 3)
  const chromaWidth = widthPx >> 1
  const uPlane = widthPx * heightPx
  const vPlane = uPlane + (uPlane >> 2)
  let out = 0
  for (let row = fit.offsetYPx; row < fit.offsetYPx + fit.scaledHeightPx; row++) {
    const lumaRow = row * widthPx
    const chromaRow = (row >> 1) * chromaWidth
    for (let column = fit.offsetXPx; column < fit.offsetXPx + fit.scaledWidthPx; column++) {
      const chroma = chromaRow + (column >> 1)
      const y = (pixels[lumaRow + column]! - 16) * Y_SCALE + HALF
      const u = pixels[uPlane + chroma]! - 128
      const v = pixels[vPlane + chroma]! - 128
      rgb[out++] = (y + R_FROM_V * v) >> 16
      rgb[out++] = (y - G_FROM_U * u - G_FROM_V * v) >> 16
      rgb[out++] = (y + B_FROM_U * u) >> 16
    }
  }
  return rgb
}
