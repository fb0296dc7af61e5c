/** The arithmetic of device memory: what a bucket may hold, and the sentence that refuses it. Pure. */
import type { MemoryAsked } from './failure.js'

/** Share of the device that `auto` allows: the rest is CUDA's own, and other programs'. */
const AUTO_SHARE = 0.8

export interface DeviceMemory {
  totalBytes: number
  freeBytes: number
}

/** What one bucket may hold, and how that came about. */
export interface BucketBudget {
  /** What all models of the device may hold together. */
  budgetBytes: number
  /** Held already, by other buckets and models. */
  heldBytes: number
  /** Free on the device, whoever holds the rest. */
  freeBytes: number
  /** The bucket's own inputs and outputs. */
  bufferBytes: number
}

export function budgetBytes(setting: 'auto' | number, device: DeviceMemory): number {
  return setting === 'auto' ? Math.floor(device.totalBytes * AUTO_SHARE) : setting
}

/** What is left for the arena of a bucket's session: the smaller of budget and device; below 1 there is nothing. */
export function arenaLimitBytes({ budgetBytes, heldBytes, freeBytes, bufferBytes }: BucketBudget): number {
  return Math.floor(Math.min(budgetBytes - heldBytes, freeBytes) - bufferBytes)
}

/** Two sets of inputs and outputs: one uploads while the other computes. */
export function bufferBytes(bucket: number, frameBytes: number, outputBytes: number): number {
  return 2 * bucket * (frameBytes + outputBytes)
}

/** Why a bucket cannot be had, with every number of the sum. */
export function refusal(bucket: number, budget: BucketBudget, asked: MemoryAsked): string {
  const limit = arenaLimitBytes(budget)
  const left = Math.max(0, Math.min(budget.budgetBytes - budget.heldBytes, budget.freeBytes))
  const sum =
    `${mb(left)} were left (${mb(budget.budgetBytes)} allowed by model.cuda.memoryBytes − ` +
    `${mb(budget.heldBytes)} held; ${mb(budget.freeBytes)} free on the device)`
  if (limit <= 0)
    return `a batch of ${bucket} needs ${mb(budget.bufferBytes)} for its buffers alone, where ${sum}`
  const parts = `${mb(budget.bufferBytes)} for its buffers and ${mb(limit)} for all else`
  return `a batch of ${bucket} does not fit: ${sum}, ${parts}${detail(asked)}`
}

function detail({ neededBytes, availableBytes }: MemoryAsked): string {
  if (neededBytes === null) return ''
  const where = availableBytes === null ? 'the device had no more' : `${mb(availableBytes)} remained`
  return `; it asked for another ${mb(neededBytes)} when ${where}`
}

/** A larger bucket than one that did not fit is not tried. */
export function refusalAfter(bucket: number, refused: number): string {
  return `a batch of ${bucket} needs more than one of ${refused}, which does not fit`
}

function mb(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
