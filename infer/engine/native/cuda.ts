/**
 * The CUDA driver through koffi: devices, memory, streams, events, graphs. Nothing outside this folder sees a pointer.
 *
 * Every call is synchronous and belongs to the thread that opened the device: the context is current there alone.
 * What was given back must not be used again; giving back twice does nothing. Whatever fails throws `CudaError`.
 */
import { messageOf, RingsideError } from '../../../shared/errors.js'
import { koffi } from '../../../shared/native/ffi.js'
import { CudaCalls, type Name } from './cuda-calls.js'
import { DeviceBuffer, PinnedBuffer } from './cuda-memory.js'
import { CudaEvent, CudaStream } from './cuda-stream.js'

export { CudaError } from './cuda-calls.js'
export { DeviceBuffer, PinnedBuffer } from './cuda-memory.js'
export { CudaEvent, CudaGraph, CudaStream } from './cuda-stream.js'

/** CU_CTX_SCHED_BLOCKING_SYNC: a thread that waits sleeps; decoders need its core. */
const BLOCKING_SYNC = 4
/** CU_STREAM_NON_BLOCKING: no order with the legacy default stream. */
const NON_BLOCKING = 1
const EVENT_BLOCKING = 1
const EVENT_UNTIMED = 2
const COMPUTE_MAJOR = 75
const COMPUTE_MINOR = 76

/** @throws RingsideError `gpu_unavailable` where the host has no NVIDIA driver, or one that does not start. */
export function loadCudaDriver(): CudaDriver {
  try {
    const calls = new CudaCalls()
    calls.do('cuInit', 0)
    return new CudaDriver(calls)
  } catch (cause) {
    throw new RingsideError('gpu_unavailable', `The NVIDIA driver cannot be used: ${messageOf(cause)}`, {
      key: 'libcuda.so.1',
      remedy:
        'Install the NVIDIA driver of this host, or pass the GPU to the container; `ringside doctor` says more.',
      cause,
    })
  }
}

export class CudaDriver {
  constructor(private readonly calls: CudaCalls) {}

  /** The newest CUDA that the driver serves: 1000 · major + 10 · minor. */
  get version(): number {
    return this.calls.take('cuDriverGetVersion')
  }

  deviceCount(): number {
    return this.calls.take('cuDeviceGetCount')
  }

  /** Makes the device's primary context, which ONNX Runtime uses too, current in this thread. @throws CudaError */
  open(ordinal: number): CudaDevice {
    return new CudaDevice(this.calls, ordinal)
  }
}

export class CudaDevice {
  readonly name: string
  readonly totalBytes: number
  /** Such as `9.0`. */
  readonly computeCapability: string
  readonly pciBusId: string
  readonly #device: number
  #open = true

  constructor(
    private readonly calls: CudaCalls,
    readonly ordinal: number,
  ) {
    this.#device = calls.take('cuDeviceGet', ordinal)
    this.name = this.#text('cuDeviceGetName')
    this.pciBusId = this.#text('cuDeviceGetPCIBusId')
    this.totalBytes = calls.take('cuDeviceTotalMem', this.#device)
    const part = (attribute: number): number => calls.take('cuDeviceGetAttribute', attribute, this.#device)
    this.computeCapability = `${part(COMPUTE_MAJOR)}.${part(COMPUTE_MINOR)}`
    calls.do('cuDevicePrimaryCtxSetFlags', this.#device, BLOCKING_SYNC)
    calls.do('cuCtxSetCurrent', calls.take('cuDevicePrimaryCtxRetain', this.#device))
  }

  memory(): { freeBytes: number; totalBytes: number } {
    const free: [unknown] = [null]
    const total: [unknown] = [null]
    this.calls.do('cuMemGetInfo', free, total)
    return { freeBytes: Number(free[0]), totalBytes: Number(total[0]) }
  }

  createStream(): CudaStream {
    return new CudaStream(this.calls, this.calls.take('cuStreamCreate', NON_BLOCKING))
  }

  /** @param timed for `msSince`; others are cheaper. */
  createEvent(timed = false): CudaEvent {
    const flags = EVENT_BLOCKING | (timed ? 0 : EVENT_UNTIMED)
    return new CudaEvent(this.calls, this.calls.take('cuEventCreate', flags))
  }

  allocate(bytes: number): DeviceBuffer {
    return new DeviceBuffer(this.calls, this.calls.take('cuMemAlloc', bytes), bytes)
  }

  /** Page-locked host memory: the copy engine reads and writes it directly. */
  allocatePinned(bytes: number): PinnedBuffer {
    const address = this.calls.take('cuMemHostAlloc', bytes, 0)
    const view = new Uint8Array(koffi.view(BigInt(address), bytes) as ArrayBuffer)
    return new PinnedBuffer(view, address, () => this.calls.do('cuMemFreeHost', address))
  }

  /** Page-locks memory that is there already, such as a mapped slab, until freed; unmap it only then. */
  pin(bytes: Uint8Array): PinnedBuffer {
    const address = Number(koffi.address(bytes))
    this.calls.do('cuMemHostRegister', address, bytes.byteLength, 0)
    return new PinnedBuffer(bytes, address, () => this.calls.do('cuMemHostUnregister', address))
  }

  /** Waits for all that was given to the device. */
  synchronize(): void {
    this.calls.do('cuCtxSynchronize')
  }

  /** Gives the context back; whatever is still allocated goes with it once ONNX Runtime has let go of it too. */
  close(): void {
    if (!this.#open) return
    this.#open = false
    this.calls.do('cuDevicePrimaryCtxRelease', this.#device)
  }

  #text(name: Name): string {
    const bytes = Buffer.alloc(256)
    this.calls.do(name, bytes, bytes.length, this.#device)
    return bytes.toString('utf8', 0, bytes.indexOf(0))
  }
}
