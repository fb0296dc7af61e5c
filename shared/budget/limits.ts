/** What may be promised of a device, resource by resource. Pure. */
import type { DeviceKnowledge } from './knowledge.js'
import type { Limits } from './resources.js'

/** All of it, in millionths. */
export const WHOLE_PPM = 1_000_000
/** Of the bytes a second that the bus was measured to carry: beyond this, uploads begin to wait for one another. */
export const PCIE_SHARE = 0.8

/**
 * admissible = total × memoryFraction × (1 − reserveFraction), of the device's memory and of the host's; of a GPU less what the
 * process takes once, whichever models it runs. null where the device has no such thing, or it is not known.
 */
export function limitsOf({
  capacity,
  settings,
  profiles,
}: Pick<DeviceKnowledge, 'capacity' | 'settings' | 'profiles'>): Limits {
  const { deviceTotalBytes, hostTotalBytes, slabRows, slabSlots } = capacity
  const { memoryFraction, reserveFraction, utilisation, maxStreams } = settings
  const admissible = (totalBytes: number): number =>
    Math.floor(totalBytes * memoryFraction * (1 - reserveFraction))
  return {
    deviceBytes:
      deviceTotalBytes === null ? null : Math.max(0, admissible(deviceTotalBytes) - onceBytesOf(profiles)),
    hostBytes: admissible(hostTotalBytes),
    ringSlots: slabSlots,
    computePpm: Math.round(utilisation * WHOLE_PPM),
    decodePpm: capacity.decodePixelsPerSecond === null ? null : WHOLE_PPM,
    pcieBytesPerSecond:
      capacity.pcieBytesPerSecond === null ? null : Math.floor(capacity.pcieBytesPerSecond * PCIE_SHARE),
    streams: Math.min(slabRows, maxStreams ?? slabRows),
  }
}

/** The context and the libraries of the process that runs the models: the most that any profile found. */
export function onceBytesOf(profiles: DeviceKnowledge['profiles']): number {
  const found = [...profiles.values()].map(
    ({ once }) => (once?.contextBytes ?? 0) + (once?.libraryBytes ?? 0),
  )
  return Math.max(0, ...found)
}
