/** Whether a probe passed, and what it was limited by: pure functions of what was measured. */
import type { DropReason } from '../../../shared/frame/balance.js'
import type { GpuUse } from './gpu-use.js'
import type { LatencyReport } from './latency.js'
import type { LoopUse } from './loops.js'
import type { GroupUse } from './usage.js'

export interface Measurement {
  streams: number
  seconds: number
  /** Why not all streams ran; null where they did. */
  notLive: string | null
  latency: LatencyReport
  drops: Partial<Record<DropReason, number>>
  /** Frames that Ringside's own accounting misses. */
  residual: number
  /** Packets that cameras could not get rid of: a decoder that does not read. */
  packetsLost: number
  /** How late the cameras themselves were, at worst. */
  camerasLateMs: number
  /** Results that Redis or a slow client lost. */
  messagesLost: number
  cpu: Record<string, GroupUse>
  cores: number
  loops: Record<string, LoopUse>
  gpu: GpuUse | null
  /** Frames in a batch, mean. */
  framesPerBatch: number
}

export interface Demands {
  fps: number
  p99Ms: number
}

/** Of the camera's rate: what the ends of a recording may miss. */
const MIN_RATE_SHARE = 0.97
/** A decoder is no further behind at the end than at the beginning: one frame of 25 fps. */
const MAX_SLIP_MS = 40

/** Empty where it passed. */
export function faultsOf(measured: Measurement, { fps, p99Ms }: Demands): string[] {
  const { latency, drops, residual, packetsLost, messagesLost, notLive } = measured
  const faults: string[] = []
  if (notLive) faults.push(notLive)
  for (const [reason, frames] of Object.entries(drops))
    if (frames > 0) faults.push(`${frames} frames dropped: ${reason}`)
  if (latency.gaps > 0) faults.push(`${latency.gaps} results missing`)
  if (messagesLost > 0) faults.push(`${messagesLost} results lost on the way`)
  if (residual !== 0) faults.push(`residual ${residual}`)
  if (packetsLost > 0) faults.push(`${packetsLost} packets not read by decoders`)
  const p99 = latency.captureToClient?.p99 ?? Number.POSITIVE_INFINITY
  if (p99 > p99Ms) faults.push(`p99 ${p99.toFixed(0)} ms > ${p99Ms} ms`)
  if (!(latency.slowestFps >= fps * MIN_RATE_SHARE))
    faults.push(`slowest stream ${latency.slowestFps.toFixed(1)} fps`)
  if (latency.slipMs > MAX_SLIP_MS) faults.push(`decoders fall behind by ${latency.slipMs.toFixed(0)} ms`)
  return faults
}

export interface Load {
  what: string
  /** 1 is all there is. */
  share: number
}

/** Everything that has a ceiling, the fullest first: where one is near 1, it is what limits. */
export function loadsOf({ cpu, cores, gpu, loops }: Measurement): Load[] {
  const total = Object.values(cpu).reduce((sum, use) => sum + use.cores, 0)
  const loads: Load[] = [{ what: `CPU, all ${cores} cores`, share: total / cores }]
  for (const [group, { busiest }] of Object.entries(cpu))
    loads.push({ what: `one core: ${group} (${busiest.thread})`, share: busiest.cores })
  for (const [stage, { utilisation }] of Object.entries(loops))
    loads.push({ what: `event loop of ${stage}`, share: utilisation })
  if (gpu?.smPercent != null) loads.push({ what: 'GPU SMs', share: gpu.smPercent / 100 })
  if (gpu?.decoderPercent != null) loads.push({ what: 'GPU decode engines', share: gpu.decoderPercent / 100 })
  if (gpu?.memoryPercent != null) loads.push({ what: 'GPU memory bandwidth', share: gpu.memoryPercent / 100 })
  return loads.sort((a, b) => b.share - a.share)
}
