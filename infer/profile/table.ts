/** The budget table: what formulas expect of each part of a model's memory, and what was measured of it. Pure. */
import type { ChargedModel, ExpectedParts } from '../../shared/budget/model-parts.js'
import { cpuParts, gpuParts } from '../../shared/budget/model-parts.js'
import type { BudgetLine, BudgetPart } from '../../shared/budget/profile.js'
import type { BucketLoad, LoadMemory } from '../engine/load-memory.js'
import { keptBytes } from './fit.js'

/** null where nothing tells a part from the others. */
type Measured = Record<Exclude<BudgetPart, 'slab'>, number | null>

export interface SlabFigures {
  /** By its layout. */
  layoutBytes: number
  /** As the file system counts them; null where there is no slab of it. */
  allocatedBytes: number | null
}

export interface TableInput {
  model: ChargedModel
  onGpu: boolean
  memory: LoadMemory
  /** On a GPU, of the first bucket: see `fitMemory`. */
  libraryBytes: number | null
  slab: SlabFigures
}

export function budgetTable({ model, onGpu, memory, libraryBytes, slab }: TableInput): BudgetLine[] {
  const expected: ExpectedParts = onGpu ? gpuParts(model) : cpuParts(model)
  const measured = onGpu ? measuredOnGpu(memory, libraryBytes) : measuredOnCpu(memory)
  const parts = Object.entries(expected) as [keyof Measured, ExpectedParts[keyof Measured]][]
  return [
    ...parts.map(([part, { formula, bytes }]) => lineOf(part, formula, bytes, measured[part])),
    lineOf('slab', 'header + slots · (1.5 · input px + words)', slab.layoutBytes, slab.allocatedBytes),
  ]
}

/** The kernels' scratch memory is in the arena with the activations: nothing tells them apart. */
function measuredOnCpu({ contextBytes, sessionBytes, buckets }: LoadMemory): Measured {
  const inputs = sumOf(buckets, ({ bufferBytes }) => bufferBytes)
  return {
    context: contextBytes,
    weights: sessionBytes,
    inputs,
    activations: sumOf(buckets, keptBytes) - inputs,
    workspace: null,
  }
}

/** What a session holds while nothing runs are its weights; what else its arena has reserved, a run needs. The rest is no arena's. */
function measuredOnGpu(
  { contextBytes, firstOfProcess, buckets }: LoadMemory,
  libraryBytes: number | null,
): Measured {
  const inputs = sumOf(buckets, ({ bufferBytes }) => bufferBytes)
  const weights = sumOfKnown(buckets, ({ arena }) => arena?.idleBytes)
  const reserved = sumOfKnown(buckets, ({ arena }) => arena?.reservedBytes)
  const outside = reserved === null ? null : sumOf(buckets, keptBytes) - reserved - inputs
  const apart = firstOfProcess ? libraryBytes : 0
  return {
    context: contextBytes === null || libraryBytes === null ? null : contextBytes + libraryBytes,
    weights,
    inputs,
    activations: reserved === null || weights === null ? null : reserved - weights,
    workspace: outside === null || apart === null ? null : outside - apart,
  }
}

function lineOf(part: BudgetPart, formula: string, predicted: number, measured: number | null): BudgetLine {
  const predictedBytes = Math.ceil(predicted)
  const error = measured === null || measured <= 0 ? null : (predictedBytes - measured) / measured
  return { part, formula, predictedBytes, measuredBytes: measured, error }
}

function sumOf(loads: readonly BucketLoad[], of: (load: BucketLoad) => number): number {
  return loads.reduce((sum, load) => sum + of(load), 0)
}

function sumOfKnown(
  loads: readonly BucketLoad[],
  of: (load: BucketLoad) => number | undefined,
): number | null {
  const values = loads.map(of)
  return values.every(value => value !== undefined) ? values.reduce((sum, value) => sum + value, 0) : null
}
