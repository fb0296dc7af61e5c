/**
 * NVML (`libnvidia-ml.so.1`, part of the NVIDIA driver) through koffi: what a GPU says of itself. Nothing outside this folder sees a pointer.
 *
 * Every call is synchronous. Most take microseconds; those of PCIe throughput take 20 ms each, and any may wait for a driver
 * in trouble: call from a thread that may wait. Whatever fails throws `NvmlError`; `isUnsupported` is no trouble, but a figure less.
 */
import type { GpuThrottleReason } from '../../../shared/process/gpu-report.js'
import { NvmlCalls, NvmlError, type NvmlName, nvmlStatus } from './nvml-calls.js'
import {
  celsiusOf,
  layout,
  memoryOf,
  memoryV2Of,
  type NvmlMemory,
  type NvmlProcess,
  processesOf,
  structVersion,
  textOf,
  throttleReasonsOf,
  utilizationOf,
} from './nvml-layout.js'

export { NvmlError } from './nvml-calls.js'

/** `NVML_DEVICE_UUID_V2_BUFFER_SIZE`, the greatest of the header's text buffers. */
const TEXT_BYTES = 96
/** `nvmlTemperatureSensors_t`: the die. */
const SENSOR_GPU = 0
/** Entries that are always enough; a list that grew meanwhile is asked for again. */
const PROCESSES = 64
/** `nvmlPcieUtilCounter_t`, as the GPU sees it: it receives what the host sends. */
const pcieCounters = { transmit: 0, receive: 1 } as const
/** `nvmlClockType_t` */
const clockDomains = { sm: 1, memory: 2, video: 3 } as const

/** @throws NvmlError `isLost` or status 12 where there is no driver, or none that answers. */
export function loadNvml(file = 'libnvidia-ml.so.1'): Nvml {
  const calls = new NvmlCalls(file)
  calls.do('nvmlInit_v2')
  return new Nvml(calls)
}

export class Nvml {
  #open = true

  constructor(private readonly calls: NvmlCalls) {}

  /** Such as `580.95.05`. */
  get driverVersion(): string {
    const text = new Uint8Array(TEXT_BYTES)
    this.calls.do('nvmlSystemGetDriverVersion', text, text.length)
    return textOf(text)
  }

  deviceCount(): number {
    return this.calls.take('nvmlDeviceGetCount_v2')
  }

  /** @param index in the order of PCI bus ids, which need not be CUDA's. @throws NvmlError */
  deviceAt(index: number): NvmlDevice {
    return new NvmlDevice(this.calls, this.calls.take('nvmlDeviceGetHandleByIndex_v2', index))
  }

  /** @param pciBusId as CUDA gives it, such as `0000:1b:00.0`. @throws NvmlError */
  deviceOf(pciBusId: string): NvmlDevice {
    return new NvmlDevice(this.calls, this.calls.take('nvmlDeviceGetHandleByPciBusId_v2', pciBusId))
  }

  /** The devices are of no use afterwards. Idempotent. */
  close(): void {
    if (!this.#open) return
    this.#open = false
    this.calls.do('nvmlShutdown')
  }
}

/** One GPU. Each method asks the driver, and throws `NvmlError` where it does not answer. */
export class NvmlDevice {
  /** @param handle for this folder alone. */
  constructor(
    private readonly calls: NvmlCalls,
    private readonly handle: number,
  ) {}

  name(): string {
    return this.#text('nvmlDeviceGetName')
  }

  uuid(): string {
    return this.#text('nvmlDeviceGetUUID')
  }

  /** Such as `00000000:1B:00.0`. */
  pciBusId(): string {
    const { busId, busIdBytes } = layout.pciInfo
    const struct = this.#struct('nvmlDeviceGetPciInfo_v3', new Uint8Array(layout.pciInfo.bytes))
    return textOf(struct.subarray(busId, busId + busIdBytes))
  }

  /** The second version tells what the driver keeps for itself; drivers before 510 have the first alone. */
  memory(): NvmlMemory {
    return this.#newest(
      () => memoryV2Of(this.#struct('nvmlDeviceGetMemoryInfo_v2', versioned(layout.memoryV2.bytes, 2))),
      () => memoryOf(this.#struct('nvmlDeviceGetMemoryInfo', new Uint8Array(layout.memory.bytes))),
    )
  }

  /** Shares of the driver's sample period, 1/6 to 1 s long. */
  utilization(): { smBusy: number; memoryBusy: number } {
    return utilizationOf(
      this.#struct('nvmlDeviceGetUtilizationRates', new Uint8Array(layout.utilization.bytes)),
    )
  }

  /** Share of the driver's sample period, 0 … 1, of all decoders of the device together. */
  decoderBusy(): number {
    return this.#coderBusy('nvmlDeviceGetDecoderUtilization')
  }

  encoderBusy(): number {
    return this.#coderBusy('nvmlDeviceGetEncoderUtilization')
  }

  /** Takes 20 ms: the driver counts for so long. The header's KB are 1,000 or 1,024 bytes, it does not say; 1,024 is taken. */
  pcieBytesPerSecond(direction: keyof typeof pcieCounters): number {
    return this.calls.take('nvmlDeviceGetPcieThroughput', this.handle, pcieCounters[direction]) * 1024
  }

  /** Averaged over a second by most devices. */
  powerWatts(): number {
    return this.calls.take('nvmlDeviceGetPowerUsage', this.handle) / 1000
  }

  powerLimitWatts(): number {
    return this.calls.take('nvmlDeviceGetEnforcedPowerLimit', this.handle) / 1000
  }

  temperatureCelsius(): number {
    return this.#newest(
      () => celsiusOf(this.#struct('nvmlDeviceGetTemperatureV', versioned(layout.temperature.bytes, 1))),
      () => this.calls.take('nvmlDeviceGetTemperature', this.handle, SENSOR_GPU),
    )
  }

  clockMhz(domain: keyof typeof clockDomains): number {
    return this.calls.take('nvmlDeviceGetClockInfo', this.handle, clockDomains[domain])
  }

  /** Empty: the clocks are as high as they can be. The newer name came with driver 535. */
  throttleReasons(): GpuThrottleReason[] {
    return throttleReasonsOf(
      this.#newest(
        () => this.calls.takeBig('nvmlDeviceGetCurrentClocksEventReasons', this.handle),
        () => this.calls.takeBig('nvmlDeviceGetCurrentClocksThrottleReasons', this.handle),
      ),
    )
  }

  /** Processes with a CUDA context, by the pid that the driver's host gives them. */
  processes(room = PROCESSES): NvmlProcess[] {
    const list = new Uint8Array(room * layout.processInfo.bytes)
    const count: [number] = [room]
    try {
      this.calls.do('nvmlDeviceGetComputeRunningProcesses_v3', this.handle, count, list)
    } catch (error) {
      const isTooSmall = error instanceof NvmlError && error.code === nvmlStatus.insufficientSize
      if (!isTooSmall || count[0] <= room) throw error
      return this.processes(2 * count[0])
    }
    return processesOf(list, count[0])
  }

  #text(name: NvmlName): string {
    const text = new Uint8Array(TEXT_BYTES)
    this.calls.do(name, this.handle, text, text.length)
    return textOf(text)
  }

  #struct(name: NvmlName, struct: Uint8Array): Uint8Array {
    this.calls.do(name, this.handle, struct)
    return struct
  }

  #coderBusy(name: 'nvmlDeviceGetDecoderUtilization' | 'nvmlDeviceGetEncoderUtilization'): number {
    const percent: [number] = [0]
    const periodUs: [number] = [0]
    this.calls.do(name, this.handle, percent, periodUs)
    return percent[0] / 100
  }

  /** What an older driver lacks, or refuses in the newer version, is asked for in the older. */
  #newest<T>(newer: () => T, older: () => T): T {
    try {
      return newer()
    } catch (error) {
      if (error instanceof NvmlError && error.isUnsupported) return older()
      throw error
    }
  }
}

/** A struct whose first field says which version of it the caller knows. */
function versioned(bytes: number, version: number): Uint8Array {
  const struct = new Uint8Array(bytes)
  new DataView(struct.buffer).setUint32(0, structVersion(bytes, version), true)
  return struct
}
