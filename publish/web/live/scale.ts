/** Boxes of source pixels on a canvas of another size. */
import type { Box } from '../../../shared/detection/message.js'

export interface SizePx {
  width: number
  height: number
}

export interface RectPx {
  x: number
  y: number
  width: number
  height: number
}

/** The part of the box inside the frame, in canvas pixels. */
export function boxOnCanvas(box: Box, frame: SizePx, canvas: SizePx): RectPx {
  const x1 = clamp(box[0], 0, frame.width) * (canvas.width / frame.width)
  const y1 = clamp(box[1], 0, frame.height) * (canvas.height / frame.height)
  const x2 = clamp(box[2], 0, frame.width) * (canvas.width / frame.width)
  const y2 = clamp(box[3], 0, frame.height) * (canvas.height / frame.height)
  return { x: x1, y: y1, width: Math.max(0, x2 - x1), height: Math.max(0, y2 - y1) }
}

/** Device pixels of a canvas `widthCssPx` wide that keeps the frame's aspect. More pixels than the frame has show nothing more. */
export function canvasSize(frame: SizePx, widthCssPx: number, pixelRatio: number): SizePx {
  const width = Math.max(1, Math.round(Math.min(widthCssPx * pixelRatio, Math.max(frame.width, widthCssPx))))
  return { width, height: Math.max(1, Math.round((width * frame.height) / frame.width)) }
}

/** Where a label of this size goes: above its box, or inside it at the top edge of the picture, never beyond the right edge. */
export function labelPlace(box: RectPx, label: SizePx, canvas: SizePx): { x: number; y: number } {
  const above = box.y - label.height
  return {
    x: clamp(box.x, 0, Math.max(0, canvas.width - label.width)),
    y: above >= 0 ? above : Math.min(box.y, canvas.height - label.height),
  }
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value))
}
