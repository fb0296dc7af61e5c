/** What a model is expected to take before it was ever loaded: the sum of its parts (`model-parts.ts`). Pure. */
import type { ModelRecord } from '../model/model-record.js'
import { layoutOf } from '../slab/layout.js'
import type { DeviceCapacity } from './budget.js'
import type { ModelEstimate } from './knowledge.js'
import { type ChargedModel, cpuParts, gpuParts } from './model-parts.js'

export type { ChargedModel } from './model-parts.js'

/** Of a model that was not prepared yet: what the families keep for suppression. */
const ASSUMED_CANDIDATES = 300

/** Host memory of an engine on the CPU, without the slab. */
export function estimateHostBytes(model: ChargedModel): number {
  return Math.ceil(Object.values(cpuParts(model)).reduce((sum, { bytes }) => sum + bytes, 0))
}

/** Device memory of an engine on a GPU, without the context of its process. */
export function estimateDeviceBytes(model: ChargedModel): number {
  const { context: _, ...parts } = gpuParts(model)
  return Math.ceil(Object.values(parts).reduce((sum, { bytes }) => sum + bytes, 0))
}

/**
 * @param buckets those that it would be loaded with.
 * @returns null where the record says too little: a file that cannot be read or recognised.
 */
export function estimateOf(
  record: ModelRecord,
  { kind, slabRows, slabSlots }: Pick<DeviceCapacity, 'kind' | 'slabRows' | 'slabSlots'>,
  buckets: readonly number[],
): ModelEstimate | null {
  const { name, bytes, widthPx, heightPx, precision } = record
  if (bytes === null || widthPx === null || heightPx === null) return null
  const slab = layoutOf({ slotCount: slabSlots, rowCount: slabRows, widthPx, heightPx })
  const of = { fileBytes: bytes, widthPx, heightPx, precision, buckets, maxCandidates: ASSUMED_CANDIDATES }
  const onGpu = kind === 'gpu'
  return {
    model: name,
    deviceBytes: onGpu ? estimateDeviceBytes(of) : 0,
    hostBytes: slab.totalBytes + (onGpu ? 0 : estimateHostBytes(of)),
    frameBytes: slab.frameBytes,
  }
}
