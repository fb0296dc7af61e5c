/** Streams, events and graphs: what runs on the device, in which order. Made by `CudaDevice`. */
import type { CudaCalls } from './cuda-calls.js'
import type { DeviceBuffer, PinnedBuffer } from './cuda-memory.js'
import { forgetLastRuntimeError } from './cuda-runtime.js'

const NOT_READY = 600
/**
 * CU_STREAM_CAPTURE_MODE_RELAXED: what other threads call does not spoil a capture, and an arena that finds itself short of a
 * few bytes meanwhile may take them; the memory stays the arena’s.
 */
const CAPTURE_RELAXED = 2
/** CU_GRAPH_NODE_TYPE_HOST */
const HOST_NODE = 3

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
      forgetLastRuntimeError()
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
