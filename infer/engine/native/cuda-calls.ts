/**
 * The functions of the CUDA driver API (`libcuda.so.1`) that Ringside calls, with their statuses checked. For this folder alone.
 * Names, prototypes and codes: NVIDIA, CUDA Driver API reference (`cuda.h`), versioned symbols as of CUDA 12.
 */
import { koffi } from '../../../shared/native/ffi.js'

const prototypes = {
  cuInit: 'int cuInit(unsigned int flags)',
  cuDriverGetVersion: 'int cuDriverGetVersion(_Out_ int *version)',
  cuGetErrorName: 'int cuGetErrorName(int error, _Out_ const char **name)',
  cuGetErrorString: 'int cuGetErrorString(int error, _Out_ const char **text)',
  cuDeviceGetCount: 'int cuDeviceGetCount(_Out_ int *count)',
  cuDeviceGet: 'int cuDeviceGet(_Out_ int *device, int ordinal)',
  cuDeviceGetName: 'int cuDeviceGetName(void *name, int length, int device)',
  cuDeviceGetPCIBusId: 'int cuDeviceGetPCIBusId(void *id, int length, int device)',
  cuDeviceGetAttribute: 'int cuDeviceGetAttribute(_Out_ int *value, int attribute, int device)',
  cuDeviceTotalMem: 'int cuDeviceTotalMem_v2(_Out_ size_t *bytes, int device)',
  cuDevicePrimaryCtxSetFlags: 'int cuDevicePrimaryCtxSetFlags_v2(int device, unsigned int flags)',
  cuDevicePrimaryCtxRetain: 'int cuDevicePrimaryCtxRetain(_Out_ uintptr_t *context, int device)',
  cuDevicePrimaryCtxRelease: 'int cuDevicePrimaryCtxRelease_v2(int device)',
  cuCtxSetCurrent: 'int cuCtxSetCurrent(uintptr_t context)',
  cuCtxSynchronize: 'int cuCtxSynchronize()',
  cuMemGetInfo: 'int cuMemGetInfo_v2(_Out_ size_t *free, _Out_ size_t *total)',
  cuMemAlloc: 'int cuMemAlloc_v2(_Out_ uintptr_t *pointer, size_t bytes)',
  cuMemFree: 'int cuMemFree_v2(uintptr_t pointer)',
  cuMemHostAlloc: 'int cuMemHostAlloc(_Out_ uintptr_t *pointer, size_t bytes, unsigned int flags)',
  cuMemFreeHost: 'int cuMemFreeHost(uintptr_t pointer)',
  cuMemHostRegister: 'int cuMemHostRegister_v2(uintptr_t pointer, size_t bytes, unsigned int flags)',
  cuMemHostUnregister: 'int cuMemHostUnregister(uintptr_t pointer)',
  cuMemcpyHtoDAsync: 'int cuMemcpyHtoDAsync_v2(uintptr_t to, uintptr_t from, size_t bytes, uintptr_t stream)',
  cuMemcpyDtoHAsync: 'int cuMemcpyDtoHAsync_v2(uintptr_t to, uintptr_t from, size_t bytes, uintptr_t stream)',
  cuMemsetD8Async: 'int cuMemsetD8Async(uintptr_t to, unsigned char value, size_t bytes, uintptr_t stream)',
  cuStreamCreate: 'int cuStreamCreate(_Out_ uintptr_t *stream, unsigned int flags)',
  cuStreamDestroy: 'int cuStreamDestroy_v2(uintptr_t stream)',
  cuStreamSynchronize: 'int cuStreamSynchronize(uintptr_t stream)',
  cuStreamWaitEvent: 'int cuStreamWaitEvent(uintptr_t stream, uintptr_t event, unsigned int flags)',
  cuStreamBeginCapture: 'int cuStreamBeginCapture_v2(uintptr_t stream, int mode)',
  cuStreamEndCapture: 'int cuStreamEndCapture(uintptr_t stream, _Out_ uintptr_t *graph)',
  cuEventCreate: 'int cuEventCreate(_Out_ uintptr_t *event, unsigned int flags)',
  cuEventDestroy: 'int cuEventDestroy_v2(uintptr_t event)',
  cuEventRecord: 'int cuEventRecord(uintptr_t event, uintptr_t stream)',
  cuEventQuery: 'int cuEventQuery(uintptr_t event)',
  cuEventSynchronize: 'int cuEventSynchronize(uintptr_t event)',
  cuEventElapsedTime: 'int cuEventElapsedTime(_Out_ float *ms, uintptr_t from, uintptr_t to)',
  cuGraphInstantiate:
    'int cuGraphInstantiateWithFlags(_Out_ uintptr_t *executable, uintptr_t graph, unsigned long long flags)',
  cuGraphGetNodes: 'int cuGraphGetNodes(uintptr_t graph, void *nodes, _Inout_ size_t *count)',
  cuGraphNodeGetType: 'int cuGraphNodeGetType(uintptr_t node, _Out_ int *type)',
  cuGraphLaunch: 'int cuGraphLaunch(uintptr_t executable, uintptr_t stream)',
  cuGraphDestroy: 'int cuGraphDestroy(uintptr_t graph)',
  cuGraphExecDestroy: 'int cuGraphExecDestroy(uintptr_t executable)',
} as const

export type Name = keyof typeof prototypes
type Raw = Record<Name, (...values: unknown[]) => number>

const OUT_OF_MEMORY = 2
/** After these the context is lost: every later call fails, and only a new process has a working one (`cuda.h`, `CUresult`). */
const STICKY = new Set([
  4, 46, 201, 214, 219, 220, 226, 700, 702, 709, 710, 714, 715, 716, 717, 718, 719, 720, 999,
])

/** A call of the driver that failed. */
export class CudaError extends Error {
  override readonly name = 'CudaError'

  constructor(
    readonly call: string,
    readonly code: number,
    text: string,
  ) {
    super(`${call}: ${text} (CUDA error ${code})`)
  }

  get isOutOfMemory(): boolean {
    return this.code === OUT_OF_MEMORY
  }

  /** The device is lost to this process. */
  get isSticky(): boolean {
    return STICKY.has(this.code)
  }
}

/** Calls of the driver whose status is checked. */
export class CudaCalls {
  readonly raw: Raw

  /** @throws Error where the library, or a function of it, is missing. */
  constructor() {
    const library = koffi.load('libcuda.so.1')
    this.raw = Object.fromEntries(
      Object.entries(prototypes).map(([name, prototype]) => [name, library.func(prototype)]),
    ) as unknown as Raw
  }

  /** @throws CudaError */
  do(name: Name, ...values: unknown[]): void {
    const code = this.raw[name](...values)
    if (code !== 0) throw this.error(name, code)
  }

  /** The handle or number that the first argument of a call gives back. @throws CudaError */
  take(name: Name, ...values: unknown[]): number {
    const out: [unknown] = [null]
    this.do(name, out, ...values)
    return Number(out[0])
  }

  /** Like `take`, where the result is the second argument. */
  takeAfter(name: Name, value: unknown): number {
    const out: [unknown] = [null]
    this.do(name, value, out)
    return Number(out[0])
  }

  error(name: string, code: number): CudaError {
    const label: [string | null] = [null]
    const text: [string | null] = [null]
    this.raw.cuGetErrorName(code, label)
    this.raw.cuGetErrorString(code, text)
    return new CudaError(name, code, `${label[0] ?? 'unknown'}: ${text[0] ?? 'no text'}`)
  }
}
