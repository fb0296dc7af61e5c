/** Third side: how full the ways of the pixels are: the bus to the device, and the device's memory. Pure. */
import { percent } from './percent.js'
import { beyond, type Side, within } from './side.js'

/** Beyond this, transfers begin to wait for one another. */
const TOLERABLE_SHARE = 0.8

/** null where the device has no such thing, or does not tell. */
export interface BandwidthFigures {
  /** Host → device. */
  pcieBytesPerSecond: number | null
  /** What it was measured to carry. */
  pcieMostBytesPerSecond: number | null
  /** Share of time in which the device's memory was read or written. */
  memoryBusy: number | null
}

export function judgeBandwidth(figures: BandwidthFigures): Side {
  const pcie = shareOf(figures.pcieBytesPerSecond, figures.pcieMostBytesPerSecond)
  const { memoryBusy } = figures
  const found = [
    `PCIe ${pcieWords(figures, pcie)}`,
    `device memory ${memoryBusy === null ? 'not told' : `read or written ${percent(memoryBusy)} of the time`}`,
  ].join('; ')
  const fullest = Math.max(pcie ?? 0, memoryBusy ?? 0)
  if (fullest <= TOLERABLE_SHARE) return within('bandwidth', found)
  const change =
    fullest === pcie
      ? 'Upload less: decode on the device (decoder nvdec), cap frame rates, or take a model of a smaller input.'
      : 'Move less in the device: fp16 or int8 of the model, or a smaller one.'
  return beyond('bandwidth', found, fullest, TOLERABLE_SHARE, change)
}

/** There is no bus between a CPU and its models. */
export function noBandwidth(): Side {
  return within('bandwidth', 'pixels do not leave the host: there is no bus to fill')
}

function shareOf(value: number | null, most: number | null): number | null {
  return value === null || most === null || most === 0 ? null : value / most
}

function pcieWords(
  { pcieBytesPerSecond, pcieMostBytesPerSecond }: BandwidthFigures,
  share: number | null,
): string {
  if (pcieBytesPerSecond === null) return 'not told'
  const carried = gigabytes(pcieBytesPerSecond)
  if (share === null) return `${carried}, what it could carry was not measured`
  return `${carried} of ${gigabytes(pcieMostBytesPerSecond!)} (${percent(share)})`
}

function gigabytes(bytesPerSecond: number): string {
  return `${(bytesPerSecond / 1e9).toFixed(1)} GB/s`
}
