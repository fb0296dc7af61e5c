/** What the messages of a probe say of latency and loss: pure functions of what arrived. */
import type { FrameTiming } from '../../../shared/detection/message.js'
import type { ClientLog } from './camera/clip-feed.js'
import type { Arrival } from './listener.js'
import { type Quantiles, quantilesOf } from './quantiles.js'

export interface LatencyReport {
  messages: number
  /** Frames that no message came for, though a later one of the same session did. */
  gaps: number
  /** Captured → in the client's hands, which is a hop more than published. */
  captureToClient: Quantiles | null
  /** Camera's clock → in the client's hands; too long by the frames that a decoder leaves out, before its first or to catch up. */
  cameraToClient: Quantiles | null
  /** How much later the frames of the last quarter came than those of the first, by the camera's clock: a decoder that falls behind. */
  slipMs: number
  /** Of each stage on the way, as the messages tell. */
  stages: Record<keyof FrameTiming, Quantiles | null>
  /** Messages a second of the slowest and of the fastest stream. */
  slowestFps: number
  fastestFps: number
}

const stageNames = ['decodeMs', 'queueMs', 'batchMs', 'inferMs', 'postMs', 'totalMs'] as const

/** @param cameras what each client of the cameras was sent, by the name of its stream. */
export function latencyOf(
  arrivals: readonly Arrival[],
  cameras: ReadonlyMap<string, ClientLog>,
  fps: number,
  seconds: number,
): LatencyReport {
  const bySession = groupOf(arrivals, ({ stream, epoch }) => `${stream} ${epoch}`)
  const rates = [...groupOf(arrivals, ({ stream }) => stream).values()].map(({ length }) => length / seconds)
  const fromCamera = arrivals.flatMap(arrival => sinceCameraMs(arrival, cameras, fps) ?? [])
  return {
    messages: arrivals.length,
    gaps: [...bySession.values()].reduce((sum, of) => sum + gapsIn(of), 0),
    captureToClient: quantilesOf(Float64Array.from(arrivals, ({ sinceCaptureMs }) => sinceCaptureMs)),
    cameraToClient: quantilesOf(Float64Array.from(fromCamera)),
    slipMs: slipOf(fromCamera),
    stages: Object.fromEntries(
      stageNames.map(name => [name, quantilesOf(Float64Array.from(arrivals, ({ timing }) => timing[name]))]),
    ) as LatencyReport['stages'],
    slowestFps: Math.min(...rates),
    fastestFps: Math.max(...rates),
  }
}

/** Frames leave the pipeline in order, so seqs rise by one; the first that arrived is where the recording began. */
function gapsIn(arrivals: readonly Arrival[]): number {
  const seqs = arrivals.map(({ seq }) => seq)
  return Math.max(...seqs) - Math.min(...seqs) + 1 - new Set(seqs).size
}

/** Seq n of a session is the picture n that its client was sent, where the decoder left none out. */
function sinceCameraMs(
  { stream, seq, atMs }: Arrival,
  cameras: ReadonlyMap<string, ClientLog>,
  fps: number,
): number | null {
  const camera = cameras.get(stream)
  if (!camera || seq >= camera.pictures) return null // of another connection than the one that is known
  return atMs - (camera.startMs + (seq * 1000) / fps)
}

function slipOf(fromCamera: readonly number[]): number {
  const quarter = Math.floor(fromCamera.length / 4)
  if (quarter === 0) return 0
  const mean = (of: readonly number[]): number => of.reduce((sum, ms) => sum + ms, 0) / of.length
  return mean(fromCamera.slice(-quarter)) - mean(fromCamera.slice(0, quarter))
}

function groupOf<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group) group.push(item)
    else groups.set(key, [item])
  }
  return groups
}
