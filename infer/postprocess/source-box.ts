/** Maps a box of the model's input back to the source frame: the inverse of the letterbox. */
import type { Box } from '../../shared/detection/message.js'
import type { Fit } from '../../shared/frame/letterbox.js'

export interface SourceSize {
  widthPx: number
  heightPx: number
}

/** Clamped to the frame: a model may see an object go on beyond the edge. Width and height are scaled apart, as they were rounded apart. */
export function toSourceBox(
  [x1, y1, x2, y2]: Box,
  fit: Fit,
  source: SourceSize,
): [x1: number, y1: number, x2: number, y2: number] {
  const scaleX = source.widthPx / fit.scaledWidthPx
  const scaleY = source.heightPx / fit.scaledHeightPx
  return [
    clamp((x1 - fit.offsetXPx) * scaleX, source.widthPx),
    clamp((y1 - fit.offsetYPx) * scaleY, source.heightPx),
    clamp((x2 - fit.offsetXPx) * scaleX, source.widthPx),
    clamp((y2 - fit.offsetYPx) * scaleY, source.heightPx),
  ]
}

function clamp(valuePx: number, limitPx: number): number {
  return Math.min(limitPx, Math.max(0, valuePx))
}
