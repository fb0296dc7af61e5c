/**
 * The CUDA driver through koffi: devices, memory, streams, events, graphs. Nothing outside this folder sees a pointer.
 *
 * Every call is synchronous and belongs to the thread that opened the device: the context is current there alone.
 * What was given back must not be used again; giving back twice does nothing. Whatever fails throws `CudaError`.
 */
import { messageOf, RingsideError } from '../../../shared/errors.js'
import { koffi } from '../../../shared/native/ffi.js'
import { CudaCalls, type Name } from './cuda-calls.js'

export { CudaError } from './cuda-calls.js'

const NOT_READY = 600
/** CU_CTX_SCHED_BLOCKING_SYNC: a thread that waits sleeps; decoders need its core. */
const BLOCKING_SYNC = 4
/** CU_STREAM_NON_BLOCKING: no order with the legacy default stream. */
const NON_BLOCKING = 1
const EVENT_BLOCKING = 1
const EVENT_UNTIMED = 2
/**
 * CU_STREAM_CAPTURE_MODE_RELAXED: what other threads call does not spoil a capture, and an arena that finds itself short of a
 * few bytes meanwhile may take them; the memory stays the arena’s.
 */
const CAPTURE_RELAXED = 2
/** CU_GRAPH_NODE_TYPE_HOST */
const HOST_NODE = 3
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

/** Device memory. */
export class DeviceBuffer {
  #held = true

  /** @param address for this folder alone. */
  constructor(
    private readonly calls: CudaCalls,
    readonly address: number,
    readonly bytes: number,
  ) {}

  free(): void {
    if (!this.#held) return
    this.#held = false
    this.calls.do('cuMemFree', this.address)
  }
}

/** Page-locked host memory. */
export class PinnedBuffer {
  #held = true

  /** @param address for this folder alone. */
  constructor(
    readonly view: Uint8Array,
    readonly address: number,
    private readonly release: () => void,
  ) {}

  /** `view` must not be used afterwards, where the memory was allocated here. */
  free(): void {
    if (!this.#held) return
    this.#held = false
    this.release()
  }
}

/** What is given to a stream runs on the device in that order; the calls return at once. */
export class CudaStream {
  #held = true

  /** @param address for this folder alone. */
  constructor(
    private readonly calls: CudaCalls,
    readonly address: number,
  ) {}

  upload(to: DeviceBuffer, toOffset: number, from: PinnedBuffer, fromOffset: number, bytes: number): void {
    this.calls.do('cuMemcpyHtoDAsync', to.address + toOffset, from.address + fromOffset, bytes, this.address)
  }

  download(to: PinnedBuffer, toOffset: number, from: DeviceBuffer, fromOffset: number, bytes: number): void {
    this.calls.do('cuMemcpyDtoHAsync', to.address + toOffset, from.address + fromOffset, bytes, this.address)
  }

  fill(to: DeviceBuffer, byte: number): void {
    this.calls.do('cuMemsetD8Async', to.address, byte, to.bytes, this.address)
  }

  record(event: CudaEvent): void {
    this.calls.do('cuEventRecord', event.address, this.address)
  }

  /** What follows in this stream waits on the device for the event; the caller does not. */
  wait(event: CudaEvent): void {
    this.calls.do('cuStreamWaitEvent', this.address, event.address, 0)
  }

  /** Records what `work` gives to this stream instead of running it. @throws what `work` throws, the capture being ended. */
  capture(work: () => void): CudaGraph {
    this.calls.do('cuStreamBeginCapture', this.address, CAPTURE_RELAXED)
    try {
      work()
    } catch (error) {
      // The capture is spoilt: what ends it fails too, and tells nothing more than `error` does.
      this.calls.raw.cuStreamEndCapture(this.address, [null])
      throw error
    }
    const graph = this.calls.takeAfter('cuStreamEndCapture', this.address)
    return new CudaGraph(this.calls, graph)
  }

  synchronize(): void {
    this.calls.do('cuStreamSynchronize', this.address)
  }

  destroy(): void {
    if (!this.#held) return
    this.#held = false
    this.calls.do('cuStreamDestroy', this.address)
  }
}

/** A point in a stream. */
export class CudaEvent {
  #held = true

  /** @param address for this folder alone. */
  constructor(
    private readonly calls: CudaCalls,
    readonly address: number,
  ) {}

  /** Whether the device has come to it. @throws CudaError where something before it failed. */
  query(): boolean {
    const code = this.calls.raw.cuEventQuery(this.address)
    if (code !== 0 && code !== NOT_READY) throw this.calls.error('cuEventQuery', code)
    return code === 0
  }

  synchronize(): void {
    this.calls.do('cuEventSynchronize', this.address)
  }

  /** Milliseconds on the device; both events timed, and fired. */
  msSince(earlier: CudaEvent): number {
    return this.calls.take('cuEventElapsedTime', earlier.address, this.address)
  }

  destroy(): void {
    if (!this.#held) return
    this.#held = false
    this.calls.do('cuEventDestroy', this.address)
  }
}

/** What was captured from a stream: given back to one as a whole, with one call. */
export class CudaGraph {
  readonly nodes: number
  /** Nodes that call the host: what they were given may be gone when the graph is launched. */
  readonly hostCalls: number
  readonly #executable: number
  #held = true

  /** @param graph taken over. */
  constructor(
    private readonly calls: CudaCalls,
    graph: number,
  ) {
    try {
      const nodes = nodesOf(calls, graph)
      this.nodes = nodes.length
      this.hostCalls = nodes.filter(node => calls.takeAfter('cuGraphNodeGetType', node) === HOST_NODE).length
      this.#executable = calls.take('cuGraphInstantiate', graph, 0)
    } finally {
      calls.do('cuGraphDestroy', graph)
    }
  }

  launch(stream: CudaStream): void {
    this.calls.do('cuGraphLaunch', this.#executable, stream.address)
  }

  destroy(): void {
    if (!this.#held) return
    this.#held = false
    this.calls.do('cuGraphExecDestroy', this.#executable)
  }
}

function nodesOf(calls: CudaCalls, graph: number): number[] {
  const count: [number] = [0]
  calls.do('cuGraphGetNodes', graph, null, count)
  const nodes = new BigUint64Array(Number(count[0]))
  if (nodes.length > 0) calls.do('cuGraphGetNodes', graph, nodes, [nodes.length])
  return Array.from(nodes, Number)
}
