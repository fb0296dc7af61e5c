/** Whether our samples and `nvidia-smi` tell of the same GPU. Pure: figures move between two looks, so each has its tolerance. */
import type { GpuReport } from '../../../shared/process/gpu-report.js'
import type { SmiFigure, SmiReport } from './nvidia-smi.js'
import { type Check, check, MIB } from './outcome.js'

/** What `nvidia-smi` may say beyond the range of our samples before and after it: absolute, and of the value. */
const tolerances: Record<SmiFigure, readonly [absolute: number, share: number]> = {
  totalBytes: [MIB, 0],
  usedBytes: [64 * MIB, 0],
  freeBytes: [64 * MIB, 0],
  reservedBytes: [MIB, 0],
  smBusy: [0.15, 0],
  memoryBusy: [0.15, 0],
  decoderBusy: [0.15, 0],
  encoderBusy: [0.15, 0],
  powerWatts: [10, 0.15],
  powerLimitWatts: [0.01, 0],
  temperatureCelsius: [3, 0],
  smClockMhz: [60, 0.1],
  memoryClockMhz: [60, 0.1],
  videoClockMhz: [60, 0.1],
}

export function agreement(before: GpuReport, smi: SmiReport, after: GpuReport): Check[] {
  const names = Object.entries(smi.names).map(([key, said]) => {
    const ours = before[key as keyof SmiReport['names']]
    return check(`${key} agrees`, ours.toLowerCase() === said.toLowerCase(), `${ours} | nvidia-smi ${said}`)
  })
  const figures = Object.entries(smi.figures).map(([key, said]) =>
    figureAgrees(key as SmiFigure, [before[key as SmiFigure], after[key as SmiFigure]], said),
  )
  return [...names, ...figures]
}

function figureAgrees(figure: SmiFigure, ours: readonly (number | null)[], said: number | null): Check {
  const seen = `${ours.join(' … ')} | nvidia-smi ${said}`
  const known = ours.filter(value => value !== null)
  if (said === null || known.length === 0)
    return check(`${figure} agrees`, said === null && known.length === 0, seen)
  const [absolute, share] = tolerances[figure]
  const slack = Math.max(absolute, share * Math.abs(said))
  const within = said >= Math.min(...known) - slack && said <= Math.max(...known) + slack
  return check(`${figure} agrees`, within, seen)
}
