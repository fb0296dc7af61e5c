/** Draws a picture and the boxes that belong to it. */
import type { Detection } from '../../../shared/detection/message.js'
import { classColour } from './colour.js'
import { boxOnCanvas, labelPlace, type RectPx, type SizePx } from './scale.js'

/** @param pixelRatio device pixels a CSS pixel, so that lines and text look alike on every screen. */
export function drawFrame(
  context: CanvasRenderingContext2D,
  picture: CanvasImageSource,
  frame: SizePx,
  detections: readonly Detection[],
  pixelRatio: number,
): void {
  const { canvas } = context
  context.drawImage(picture, 0, 0, canvas.width, canvas.height)
  const rects = detections.map(each => onWholePixels(boxOnCanvas(each.box, frame, canvas)))
  detections.forEach((each, i) => {
    drawBox(context, rects[i]!, classColour(each.classId).line, pixelRatio)
  })
  // Labels last: no box may cross a label of another.
  detections.forEach((each, i) => {
    drawLabel(context, rects[i]!, each, pixelRatio)
  })
}

/** Lines between pixels would be blurred. */
function onWholePixels(rect: RectPx): RectPx {
  const x = Math.round(rect.x)
  const y = Math.round(rect.y)
  return { x, y, width: Math.round(rect.x + rect.width) - x, height: Math.round(rect.y + rect.height) - y }
}

function drawBox(context: CanvasRenderingContext2D, rect: RectPx, colour: string, pixelRatio: number): void {
  context.lineJoin = 'round'
  context.strokeStyle = 'rgba(0, 0, 0, 0.55)'
  context.lineWidth = 4 * pixelRatio
  context.strokeRect(rect.x, rect.y, rect.width, rect.height)
  context.strokeStyle = colour
  context.lineWidth = 2 * pixelRatio
  context.strokeRect(rect.x, rect.y, rect.width, rect.height)
}

function drawLabel(
  context: CanvasRenderingContext2D,
  rect: RectPx,
  detection: Detection,
  pixelRatio: number,
): void {
  const text = `${detection.class} ${Math.round(detection.score * 100)}%`
  const { line, text: ink } = classColour(detection.classId)
  context.font = `600 ${12 * pixelRatio}px system-ui, sans-serif`
  context.textBaseline = 'middle'
  const size = { width: context.measureText(text).width + 10 * pixelRatio, height: 18 * pixelRatio }
  const place = labelPlace(rect, size, context.canvas)
  context.fillStyle = line
  context.fillRect(place.x, place.y, size.width, size.height)
  context.fillStyle = ink
  context.fillText(text, place.x + 5 * pixelRatio, place.y + size.height / 2 + pixelRatio)
}
