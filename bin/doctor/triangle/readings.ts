/** What a running Ringside tells, as the figures that the sides are judged by. Pure. */
import type { MemorySample } from '../../../shared/memory/timeline.js'
import type { InferDetail, ProcessReport } from '../../../shared/process/report.js'
import type { BandwidthFigures } from './bandwidth.js'
import type { MemoryFigures } from './device-memory.js'
import { type GapFigures, gapsBetween } from './idle-gaps.js'

export type InferProcess = ProcessReport & { detail: InferDetail }

export function inferProcesses(reports: readonly ProcessReport[]): InferProcess[] {
  return reports.filter((report): report is InferProcess => report.detail.stage === 'infer')
}

/** @param sample the newest of the device; null before there is one. */
export function memoryFigures(
  sample: MemorySample | null,
  { detail }: InferProcess,
  all: readonly ProcessReport[],
): MemoryFigures | null {
  if (!sample) return null
  const { gpu } = detail
  const totalBytes = sample.deviceTotalBytes ?? gpu?.totalBytes ?? sample.hostTotalBytes
  return {
    totalBytes,
    usedBytes: sample.deviceUsedBytes ?? gpu?.usedBytes ?? (onGpu(detail) ? null : sample.hostUsedBytes),
    ownBytes: onGpu(detail) ? (sample.processBytes ?? gpu?.processBytes ?? null) : residentBytes(all),
    inUseBytes: sample.inUseBytes,
    reservedBytes: sample.reservedBytes,
  }
}

/** null where the process started anew between the two, or reported once. */
export function gapFigures(before: InferProcess | undefined, after: InferProcess): GapFigures | null {
  const overMs = before?.instance === after.instance ? after.atMs - before.atMs : 0
  if (!before || overMs <= 0) return null
  const gaps = gapsBetween(before.detail.gaps, after.detail.gaps)
  return gaps && { overMs, busy: (before.detail.busy + after.detail.busy) / 2, gaps }
}

/** null on a CPU. */
export function bandwidthFigures(
  { detail }: InferProcess,
  pcieMostBytesPerSecond: number | null,
): BandwidthFigures | null {
  const { gpu } = detail
  if (!onGpu(detail)) return null
  return {
    pcieBytesPerSecond: gpu?.pcieRxBytesPerSecond ?? null,
    pcieMostBytesPerSecond,
    memoryBusy: gpu?.memoryBusy ?? null,
  }
}

/** A host may hold a GPU that this process does not use. */
export function onGpu({ deviceMemory }: Pick<InferDetail, 'deviceMemory'>): boolean {
  return deviceMemory !== null
}

/** Of all stages and decoders; what they share counts in each, so it is rather too much than too little. */
function residentBytes(reports: readonly ProcessReport[]): number {
  return reports.reduce((sum, { residentBytes, detail }) => {
    return sum + residentBytes + (detail.stage === 'ingest' ? detail.decoderResidentBytes : 0)
  }, 0)
}
