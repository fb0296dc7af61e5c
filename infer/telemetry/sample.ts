/** One sample of a GPU: every figure that it has, and what it said of those that it has not. */
import type { GpuProcess, GpuReport } from '../../shared/process/gpu-report.js'
import { type NvmlDevice, NvmlError } from '../engine/native/nvml.js'
import type { NvmlProcess } from '../engine/native/nvml-layout.js'

/** What never changes while the driver runs. */
export interface GpuIdentity {
  name: string
  uuid: string
  pciBusId: string
  driver: string
}

/** A call that gave no figure. */
export interface Refusal {
  call: string
  reason: string
  /** The device or the driver does not have it: no trouble. */
  unsupported: boolean
}

export interface GpuSample {
  report: GpuReport
  refusals: Refusal[]
}

/** What is asked each second. Each is one call of the driver, or two where an older one answers. */
export const readings = {
  memory: (gpu: NvmlDevice) => gpu.memory(),
  processes: (gpu: NvmlDevice) => gpu.processes(),
  utilization: (gpu: NvmlDevice) => gpu.utilization(),
  decoderBusy: (gpu: NvmlDevice) => gpu.decoderBusy(),
  encoderBusy: (gpu: NvmlDevice) => gpu.encoderBusy(),
  pcieRxBytesPerSecond: (gpu: NvmlDevice) => gpu.pcieBytesPerSecond('receive'),
  pcieTxBytesPerSecond: (gpu: NvmlDevice) => gpu.pcieBytesPerSecond('transmit'),
  powerWatts: (gpu: NvmlDevice) => gpu.powerWatts(),
  powerLimitWatts: (gpu: NvmlDevice) => gpu.powerLimitWatts(),
  temperatureCelsius: (gpu: NvmlDevice) => gpu.temperatureCelsius(),
  smClockMhz: (gpu: NvmlDevice) => gpu.clockMhz('sm'),
  memoryClockMhz: (gpu: NvmlDevice) => gpu.clockMhz('memory'),
  videoClockMhz: (gpu: NvmlDevice) => gpu.clockMhz('video'),
  throttleReasons: (gpu: NvmlDevice) => gpu.throttleReasons(),
} as const
type Readings = { [Name in keyof typeof readings]: ReturnType<(typeof readings)[Name]> | null }

/**
 * @param ownPid marks its entry among the processes.
 * @throws NvmlError only where the GPU is lost: any other figure that cannot be had is null, and among the refusals.
 */
export function sampleGpu(gpu: NvmlDevice, identity: GpuIdentity, ownPid: number, atMs: number): GpuSample {
  const refusals: Refusal[] = []
  const read = Object.fromEntries(
    Object.entries(readings).map(([name, take]) => [name, figure(() => take(gpu), refusals)]),
  ) as Readings
  return { report: reportOf(read, identity, ownPid, atMs), refusals }
}

export function reportOf(
  { memory, processes, utilization, ...figures }: Readings,
  identity: GpuIdentity,
  ownPid: number,
  atMs: number,
): GpuReport {
  const marked = processes && withOwnMarked(processes, ownPid)
  return {
    ...identity,
    atMs,
    totalBytes: memory?.totalBytes ?? null,
    usedBytes: memory?.usedBytes ?? null,
    freeBytes: memory?.freeBytes ?? null,
    reservedBytes: memory?.reservedBytes ?? null,
    processBytes: marked?.find(({ own }) => own)?.usedBytes ?? null,
    processes: marked,
    smBusy: utilization?.smBusy ?? null,
    memoryBusy: utilization?.memoryBusy ?? null,
    ...figures,
  }
}

function withOwnMarked(processes: readonly NvmlProcess[], ownPid: number): GpuProcess[] {
  return processes.map(({ pid, usedBytes }) => ({ pid, usedBytes, own: pid === ownPid }))
}

function figure<T>(take: () => T, refusals: Refusal[]): T | null {
  try {
    return take()
  } catch (error) {
    if (!(error instanceof NvmlError) || error.isLost) throw error
    refusals.push({ call: error.call, reason: error.message, unsupported: error.isUnsupported })
    return null
  }
}
