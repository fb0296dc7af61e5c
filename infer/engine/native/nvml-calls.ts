/**
 * The functions of NVML (`libnvidia-ml.so.1`) that Ringside calls, with their statuses checked. For `nvml.ts` alone.
 * Names, prototypes and codes: NVIDIA, `nvml.h` of CUDA 12.9 and 13.4. All are the versions that the header's plain names stand for.
 */
import { messageOf } from '../../../shared/errors.js'
import { koffi } from '../../../shared/native/ffi.js'

type LibraryHandle = ReturnType<typeof koffi.load>
type KoffiFunction = ReturnType<LibraryHandle['func']>

/** `nvmlDevice_t` is opaque: a number here. Structs are bytes, read by `nvml-layout.ts`. */
const prototypes = {
  nvmlInit_v2: 'int nvmlInit_v2()',
  nvmlShutdown: 'int nvmlShutdown()',
  nvmlErrorString: 'const char *nvmlErrorString(int status)',
  nvmlSystemGetDriverVersion: 'int nvmlSystemGetDriverVersion(void *text, unsigned int length)',
  nvmlDeviceGetCount_v2: 'int nvmlDeviceGetCount_v2(_Out_ unsigned int *count)',
  nvmlDeviceGetHandleByIndex_v2:
    'int nvmlDeviceGetHandleByIndex_v2(unsigned int index, _Out_ uintptr_t *device)',
  nvmlDeviceGetHandleByPciBusId_v2:
    'int nvmlDeviceGetHandleByPciBusId_v2(const char *pciBusId, _Out_ uintptr_t *device)',
  nvmlDeviceGetName: 'int nvmlDeviceGetName(uintptr_t device, void *text, unsigned int length)',
  nvmlDeviceGetUUID: 'int nvmlDeviceGetUUID(uintptr_t device, void *text, unsigned int length)',
  nvmlDeviceGetPciInfo_v3: 'int nvmlDeviceGetPciInfo_v3(uintptr_t device, void *pci)',
  nvmlDeviceGetMemoryInfo: 'int nvmlDeviceGetMemoryInfo(uintptr_t device, void *memory)',
  nvmlDeviceGetMemoryInfo_v2: 'int nvmlDeviceGetMemoryInfo_v2(uintptr_t device, void *memory)',
  nvmlDeviceGetUtilizationRates: 'int nvmlDeviceGetUtilizationRates(uintptr_t device, void *utilization)',
  nvmlDeviceGetDecoderUtilization:
    'int nvmlDeviceGetDecoderUtilization(uintptr_t device, _Out_ unsigned int *percent, _Out_ unsigned int *periodUs)',
  nvmlDeviceGetEncoderUtilization:
    'int nvmlDeviceGetEncoderUtilization(uintptr_t device, _Out_ unsigned int *percent, _Out_ unsigned int *periodUs)',
  nvmlDeviceGetPcieThroughput:
    'int nvmlDeviceGetPcieThroughput(uintptr_t device, int counter, _Out_ unsigned int *value)',
  nvmlDeviceGetPowerUsage: 'int nvmlDeviceGetPowerUsage(uintptr_t device, _Out_ unsigned int *milliwatts)',
  nvmlDeviceGetEnforcedPowerLimit:
    'int nvmlDeviceGetEnforcedPowerLimit(uintptr_t device, _Out_ unsigned int *milliwatts)',
  nvmlDeviceGetTemperature:
    'int nvmlDeviceGetTemperature(uintptr_t device, int sensor, _Out_ unsigned int *celsius)',
  nvmlDeviceGetTemperatureV: 'int nvmlDeviceGetTemperatureV(uintptr_t device, void *temperature)',
  nvmlDeviceGetClockInfo: 'int nvmlDeviceGetClockInfo(uintptr_t device, int domain, _Out_ unsigned int *mhz)',
  nvmlDeviceGetCurrentClocksEventReasons:
    'int nvmlDeviceGetCurrentClocksEventReasons(uintptr_t device, _Out_ uint64_t *mask)',
  nvmlDeviceGetCurrentClocksThrottleReasons:
    'int nvmlDeviceGetCurrentClocksThrottleReasons(uintptr_t device, _Out_ uint64_t *mask)',
  nvmlDeviceGetComputeRunningProcesses_v3:
    'int nvmlDeviceGetComputeRunningProcesses_v3(uintptr_t device, _Inout_ unsigned int *count, void *infos)',
} as const

export type NvmlName = keyof typeof prototypes

/** `nvmlReturn_t`: what Ringside tells apart. */
export const nvmlStatus = {
  success: 0,
  uninitialized: 1,
  notSupported: 3,
  noPermission: 4,
  insufficientSize: 7,
  driverNotLoaded: 9,
  libraryNotFound: 12,
  functionNotFound: 13,
  gpuIsLost: 15,
  resetRequired: 16,
  noData: 21,
  versionMismatch: 25,
  deprecated: 26,
} as const

const unsupported = new Set<number>([
  nvmlStatus.notSupported,
  nvmlStatus.noPermission,
  nvmlStatus.functionNotFound,
  nvmlStatus.noData,
  nvmlStatus.versionMismatch,
  nvmlStatus.deprecated,
])
const lost = new Set<number>([
  nvmlStatus.uninitialized,
  nvmlStatus.driverNotLoaded,
  nvmlStatus.gpuIsLost,
  nvmlStatus.resetRequired,
])

/** A call of NVML that failed. */
export class NvmlError extends Error {
  override readonly name = 'NvmlError'

  constructor(
    readonly call: string,
    /** `nvmlReturn_t` */
    readonly code: number,
    text: string,
  ) {
    super(`${call}: ${text} (NVML status ${code})`)
  }

  /** This device, driver or user does not have the figure, and will not have it next time either. */
  get isUnsupported(): boolean {
    return unsupported.has(this.code)
  }

  /** No call will do better until the driver or the GPU is brought back. */
  get isLost(): boolean {
    return lost.has(this.code)
  }
}

/** Calls of NVML whose status is checked. */
export class NvmlCalls {
  /** Those that the library has. */
  readonly #raw: ReadonlyMap<string, KoffiFunction>

  /** @throws NvmlError of status 12 where the library is missing. A function that it lacks fails with 13 when it is called. */
  constructor(file: string) {
    const library = loadLibrary(file)
    this.#raw = new Map(
      Object.entries(prototypes).flatMap(([name, prototype]) => {
        const call = functionOf(library, prototype)
        return call ? [[name, call] as const] : []
      }),
    )
  }

  /** @throws NvmlError */
  do(name: NvmlName, ...values: unknown[]): void {
    const code: number = this.#raw.get(name)?.(...values) ?? nvmlStatus.functionNotFound
    if (code !== nvmlStatus.success) throw this.#error(name, code)
  }

  /** The number that the last argument of a call gives back. @throws NvmlError */
  take(name: NvmlName, ...values: unknown[]): number {
    return Number(this.takeBig(name, ...values))
  }

  /** @throws NvmlError */
  takeBig(name: NvmlName, ...values: unknown[]): bigint {
    const out: [unknown] = [null]
    this.do(name, ...values, out)
    return BigInt(out[0] as number | bigint)
  }

  #error(name: NvmlName, code: number): NvmlError {
    if (!this.#raw.has(name)) return new NvmlError(name, code, 'this driver has no such function')
    const text: unknown = this.#raw.get('nvmlErrorString')?.(code)
    return new NvmlError(name, code, typeof text === 'string' ? text : 'no text')
  }
}

function loadLibrary(file: string): LibraryHandle {
  try {
    return koffi.load(file)
  } catch (error) {
    throw new NvmlError('dlopen', nvmlStatus.libraryNotFound, `${file}: ${messageOf(error)}`)
  }
}

/** null where the library, of an older or newer driver, lacks the function. */
function functionOf(library: LibraryHandle, prototype: string): KoffiFunction | null {
  try {
    return library.func(prototype)
  } catch (error) {
    if (messageOf(error).startsWith('Cannot find function')) return null
    throw error
  }
}
