/** The canvas: the inferred frame, and over it the boxes of that very frame. */
import { useEffect, useRef, useState } from 'preact/hooks'
import type { StreamView } from '../../../shared/api/views.js'
import { applyFilter, countByClass, type DetectionFilter } from '../live/filter.js'
import { drawFrame } from '../live/overlay.js'
import { canvasSize } from '../live/scale.js'
import type { LiveSession } from '../live/session.js'
import { useValue } from '../store/use-value.js'
import { stateWords } from '../words/state.js'

interface Props {
  session: LiveSession
  filter: DetectionFilter
  stream: StreamView | null
}

export function LivePicture({ session, filter, stream }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const shown = useValue(session.shown)
  const fault = useValue(session.pictureFault)
  const widthPx = useWidth(canvas)
  const frame = shown?.message.frame ?? null
  const detections = shown ? applyFilter(shown.message.detections, filter) : []

  useEffect(() => {
    const context = canvas.current?.getContext('2d')
    if (!context || !shown || widthPx === 0) return
    const size = canvasSize(shown.message.frame, widthPx, window.devicePixelRatio)
    if (context.canvas.width !== size.width) context.canvas.width = size.width
    if (context.canvas.height !== size.height) context.canvas.height = size.height
    drawFrame(context, shown.bitmap, shown.message.frame, detections, size.width / widthPx)
  }, [shown, filter, widthPx])

  return (
    <figure class="picture">
      <canvas
        ref={canvas}
        class={shown ? 'shown' : ''}
        role="img"
        aria-label={describe(session.stream, detections)}
        data-seq={shown?.message.seq}
        data-epoch={shown?.message.epoch}
        style={frame ? { aspectRatio: `${frame.width} / ${frame.height}` } : { aspectRatio: '16 / 9' }}
      />
      {!shown && <figcaption class="picture-wait">{waitingFor(stream)}</figcaption>}
      {shown && stream && stream.state !== 'live' && (
        <figcaption class="picture-stale">
          {stateWords[stream.state].word}: this is the last frame seen
        </figcaption>
      )}
      {fault && (
        <p class="problem" role="alert">
          {fault}
        </p>
      )}
    </figure>
  )
}

function describe(stream: string, detections: Parameters<typeof countByClass>[0]): string {
  const counts = countByClass(detections).map(([name, count]) => `${count} ${name}`)
  return `Live picture of ${stream}: ${counts.length > 0 ? counts.join(', ') : 'no objects'}`
}

function waitingFor(stream: StreamView | null): string {
  if (!stream || stream.state === 'live') return 'Waiting for the next inferred frame…'
  const { word, meaning } = stateWords[stream.state]
  return `${word}. ${stream.reason?.text ?? meaning}`
}

function useWidth(element: { current: HTMLElement | null }): number {
  const [widthPx, setWidthPx] = useState(0)
  useEffect(() => {
    const observer = new ResizeObserver(entries => setWidthPx(Math.round(entries[0]!.contentRect.width)))
    observer.observe(element.current!)
    return () => observer.disconnect()
  }, [element])
  return widthPx
}
