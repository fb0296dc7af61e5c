/** First side: the device's memory against what Ringside uses of it: how much is fragmentation, and how much someone else's. Pure. */
import { fragmentationOf } from '../../../shared/memory/timeline.js'
import { mebibytes } from '../../output/quantity.js'
import { percent } from './percent.js'
import { beyond, type Side, within } from './side.js'

/** Waste below this share of the device is harmless, whatever the heap that it lies in. */
const HARMLESS_SHARE = 0.01

/** Bytes; null where the driver or the system does not tell. */
export interface MemoryFigures {
  totalBytes: number
  /** By everybody. */
  usedBytes: number | null
  /** By all processes of Ringside. */
  ownBytes: number | null
  /** Handed out of the arena (GPU) or of the heap (CPU), and held by it. */
  inUseBytes: number | null
  reservedBytes: number | null
}

export interface MemoryLimits {
  /** `budget.memoryFraction` of the device: the rest of it is for others. */
  memoryFraction: number
  /** `memory.compactAtFragmentation` */
  fragmentation: number
}

export function judgeMemory(figures: MemoryFigures, limits: MemoryLimits): Side {
  const { totalBytes } = figures
  const othersBytes = othersOf(figures)
  const othersShare = othersBytes === null ? 0 : othersBytes / totalBytes
  const leftShare = 1 - limits.memoryFraction
  const found = describe(figures, othersBytes)
  if (othersShare > leftShare)
    return beyond(
      'memory',
      found,
      othersShare,
      leftShare,
      `Others hold ${percent(othersShare)} of the device, and the budget leaves them ${percent(leftShare)}: end them, or lower budget.memoryFraction to ${lowered(othersShare)}.`,
    )
  const fragmentation = fragmentationOf(figures) ?? 0
  const wastedShare = (fragmentation * (figures.reservedBytes ?? 0)) / totalBytes
  if (fragmentation > limits.fragmentation && wastedShare > HARMLESS_SHARE)
    return beyond(
      'memory',
      found,
      fragmentation,
      limits.fragmentation,
      'Compact it: `ringside memory compact`. If it comes back, keep fewer models and buckets loaded.',
    )
  return within('memory', found)
}

function othersOf({ usedBytes, ownBytes }: MemoryFigures): number | null {
  return usedBytes === null || ownBytes === null ? null : Math.max(0, usedBytes - ownBytes)
}

function describe(figures: MemoryFigures, othersBytes: number | null): string {
  const { totalBytes, usedBytes, inUseBytes, reservedBytes } = figures
  const fragmentation = fragmentationOf(figures)
  const used =
    usedBytes === null
      ? `of ${mebibytes(totalBytes)}, how much is used is not told`
      : `${mebibytes(usedBytes)} of ${mebibytes(totalBytes)} used`
  const arena =
    inUseBytes === null || reservedBytes === null
      ? 'nothing tells what is in use of what is reserved'
      : `${mebibytes(inUseBytes)} in use of ${mebibytes(reservedBytes)} reserved`
  const waste =
    fragmentation === null
      ? []
      : [`fragmentation ${percent(fragmentation)} (${mebibytes(reservedBytes! - inUseBytes!)})`]
  const others =
    othersBytes === null ? 'whose the rest is, is not told' : `someone else’s ${mebibytes(othersBytes)}`
  return [used, arena, ...waste, others].join('; ')
}

/** Rounded down to whole hundredths: what then is promised is there. */
function lowered(othersShare: number): string {
  return (Math.floor((1 - othersShare) * 100) / 100).toFixed(2)
}
