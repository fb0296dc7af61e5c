/** What infer tells of its GPU about once a second. Pure types and words: the figures come from NVML, whose header explains each. */

/** Why the clocks are lower than they could be: the bits of `nvmlClocksEventReasons`, in words. */
export const gpuThrottleReasons = [
  'idle',
  'application_clocks',
  'power_cap',
  'hardware_slowdown',
  'sync_boost',
  'software_thermal',
  'hardware_thermal',
  'power_brake',
  'display_clocks',
  'board_limit',
  'reliability',
] as const
export type GpuThrottleReason = (typeof gpuThrottleReasons)[number]

/** A process with a CUDA context on the GPU. */
export interface GpuProcess {
  /** As the driver's host counts: in a container it is another number than the one inside. */
  pid: number
  /** null where the driver does not say. */
  usedBytes: number | null
  /** Whether it is the process that reports. */
  own: boolean
}

/** Memory, bandwidth and heat of one GPU. A figure that the device does not have, or may not tell, is null. Shares are 0 … 1. */
export interface GpuReport {
  name: string
  uuid: string
  pciBusId: string
  /** Version of the driver. */
  driver: string
  /** When it was sampled, wall time. */
  atMs: number
  totalBytes: number | null
  /** Allocated by all processes; what the driver keeps for itself is `reservedBytes`. */
  usedBytes: number | null
  freeBytes: number | null
  /** null where the driver counts it as used. */
  reservedBytes: number | null
  /** What the reporting process holds; null where the driver does not know it by its pid, as in a container. */
  processBytes: number | null
  /** Every process with a CUDA context; null where the driver does not tell. */
  processes: GpuProcess[] | null
  /** Share of the driver's sample period (1/6 to 1 s) in which any kernel ran; says nothing of how many SMs it filled. */
  smBusy: number | null
  /** Share of that period in which device memory was read or written. */
  memoryBusy: number | null
  decoderBusy: number | null
  encoderBusy: number | null
  /** Host → device, over 20 ms. */
  pcieRxBytesPerSecond: number | null
  /** Device → host, over 20 ms. */
  pcieTxBytesPerSecond: number | null
  powerWatts: number | null
  powerLimitWatts: number | null
  temperatureCelsius: number | null
  smClockMhz: number | null
  memoryClockMhz: number | null
  videoClockMhz: number | null
  /** Empty: the clocks are as high as they can be. */
  throttleReasons: GpuThrottleReason[] | null
}
