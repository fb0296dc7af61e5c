/** Where a frame's time went, as the parts of one bar. */
import type { FrameTiming } from '../../../shared/detection/message.js'

export interface TimingPart {
  name: string
  ms: number
  /** Of the total, 0 … 1. */
  share: number
}

const stages: readonly [key: keyof FrameTiming, name: string][] = [
  ['decodeMs', 'Decode'],
  ['queueMs', 'Queue'],
  ['batchMs', 'Batch'],
  ['inferMs', 'Infer'],
  ['postMs', 'Post'],
]

/** Decoding ends at capture, before the total begins: it is part of the bar, and "Other" is what the stages after it leave. */
export function timingParts(timing: FrameTiming): TimingPart[] {
  const parts = stages.map(([key, name]) => ({ name, ms: timing[key] }))
  const afterCapture = timing.queueMs + timing.batchMs + timing.inferMs + timing.postMs
  const other = Math.max(0, timing.totalMs - afterCapture)
  const all = [...parts, { name: 'Other', ms: other }]
  const sum = all.reduce((total, part) => total + part.ms, 0)
  return all.map(part => ({ ...part, share: sum > 0 ? part.ms / sum : 0 }))
}
