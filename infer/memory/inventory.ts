/**
 * Every allocation of an infer process by its owner: what models hold of device and host, their slabs and the rings in them. Pure.
 *
 * On the host a model is what the process grew by while it loaded, measured; within that, the input of each bucket is worked out
 * from its size, the weights are those of the file, and the rest is called activations: the arena of ONNX Runtime, weights packed
 * once more, the engine's thread. On a device the arenas are counted exactly, and divided likewise; what a load took beyond arenas
 * and buffers is its share of the context: handles, kernels, graphs.
 */
import type { Allocation } from '../../shared/memory/allocation.js'
import type { Attributed } from '../../shared/process/own-allocations.js'
import type { HeldBytes } from './held.js'

const VALUES_PER_CANDIDATE = 6
const FLOAT_BYTES = 4
/** Sets of inputs and outputs of a bucket on a GPU: one uploads while the other computes. */
const SETS = 2

export interface InventoryModel {
  name: string
  /** Of the prepared .onnx. */
  fileBytes: number
  buckets: readonly number[]
  frameBytes: number
  maxCandidates: number
  held: HeldBytes
  /** null on a CPU. */
  device: { loadBytes: number; arena: { maxInUseBytes: number; reservedBytes: number } | null } | null
  slab: { totalBytes: number; strideBytes: number; slotCount: number }
  /** Slots of each stream that has a row in its slab. */
  rings: ReadonlyMap<string, number>
}

/** What models hold of the host, for `hostAllocations`; then what they hold elsewhere. */
export function modelAllocations(models: readonly InventoryModel[]): Attributed {
  const mallocBytes = models.reduce((sum, { held }) => sum + held.mallocBytes, 0)
  const allocations = models.flatMap(model => [...hostPart(model), ...devicePart(model), slabPart(model)])
  return { allocations: [...allocations.filter(({ bytes }) => bytes > 0), ...ringsOf(models)], mallocBytes }
}

/** What the driver charges this process beyond what its models took: the CUDA context itself. */
export function contextAllocation(
  processBytes: number | null,
  models: readonly InventoryModel[],
): Allocation[] {
  if (processBytes === null) return []
  const took = models.reduce((sum, { device }) => sum + (device?.loadBytes ?? 0), 0)
  const bytes = Math.max(0, processBytes - took)
  return [{ kind: 'context', owner: 'process', where: 'device', count: 1, bytes, exact: false }]
}

function hostPart(model: InventoryModel): Allocation[] {
  const { held, device } = model
  if (device) return [of(model, 'external', 'host', held.hostBytes, false)]
  const buffers = model.buckets.map(bucket => bufferOf(model, bucket, 'host', bucket * model.frameBytes))
  const bufferBytes = sumOf(buffers)
  const weights = Math.min(model.fileBytes, Math.max(0, held.hostBytes - bufferBytes))
  return [
    of(model, 'weights', 'host', weights, false),
    ...buffers,
    of(model, 'activations', 'host', held.hostBytes - bufferBytes - weights, false),
  ]
}

function devicePart(model: InventoryModel): Allocation[] {
  const { device, buckets, fileBytes, maxCandidates, frameBytes } = model
  if (!device) return []
  const { reservedBytes = 0, maxInUseBytes = 0 } = device.arena ?? {}
  const used = Math.min(reservedBytes, maxInUseBytes)
  const weights = Math.min(used, fileBytes * buckets.length)
  const outputBytes = maxCandidates * VALUES_PER_CANDIDATE * FLOAT_BYTES
  const buffers = buckets.map(bucket =>
    bufferOf(model, bucket, 'device', SETS * bucket * (frameBytes + outputBytes)),
  )
  return [
    of(model, 'weights', 'device', weights, false),
    ...buffers,
    of(model, 'activations', 'device', used - weights, false),
    of(model, 'arena', 'device', reservedBytes - used, true),
    of(model, 'context', 'device', device.loadBytes - reservedBytes - sumOf(buffers), false),
  ]
}

/** What of the slab belongs to no stream. */
function slabPart(model: InventoryModel): Allocation {
  const { slab, rings } = model
  const slots = [...rings.values()].reduce((sum, count) => sum + count, 0)
  const bytes = slab.totalBytes - slots * slab.strideBytes
  return { ...of(model, 'slab', 'shm', bytes, true), count: Math.max(0, slab.slotCount - slots) }
}

/** A stream that changes its model has a ring in two slabs for a while. */
function ringsOf(models: readonly InventoryModel[]): Allocation[] {
  const rings = new Map<string, Allocation>()
  for (const { rings: own, slab } of models) {
    for (const [stream, slots] of own) {
      const known = rings.get(stream)
      const count = slots + (known?.count ?? 0)
      const bytes = slots * slab.strideBytes + (known?.bytes ?? 0)
      rings.set(stream, { kind: 'ring', owner: `stream ${stream}`, where: 'shm', count, bytes, exact: true })
    }
  }
  return [...rings.values()]
}

function of(
  { name }: InventoryModel,
  kind: Allocation['kind'],
  where: Allocation['where'],
  bytes: number,
  exact: boolean,
): Allocation {
  return { kind, owner: `model ${name}`, where, count: 1, bytes: Math.max(0, bytes), exact }
}

function bufferOf(
  { name }: InventoryModel,
  bucket: number,
  where: Allocation['where'],
  bytes: number,
): Allocation {
  return { kind: 'buffers', owner: `bucket ${bucket} of ${name}`, where, count: 1, bytes, exact: true }
}

function sumOf(allocations: readonly Allocation[]): number {
  return allocations.reduce((sum, { bytes }) => sum + bytes, 0)
}
