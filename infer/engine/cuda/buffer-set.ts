/**
 * One set of a bucket's memory, allocated once: what a batch occupies from its upload until its result is read.
 *
 *   slots of the slab ──copy──► input ──graph──► output ──copy──► host
 *                            uploaded ▲        ▲ started        ▲ done
 */
import type {
  CudaDevice,
  CudaEvent,
  CudaGraph,
  CudaStream,
  DeviceBuffer,
  PinnedBuffer,
} from '../native/cuda.js'
import type { OrtBinding, OrtSession } from '../native/ort.js'
import { Owned } from './owned.js'

const VALUE_BYTES = 4

export interface SetShape {
  inputName: string
  outputName: string
  inputShape: readonly number[]
  outputShape: readonly number[]
}

export class BufferSet {
  /** uint8 [bucket, heightPx · 3/2, widthPx]. */
  readonly input: DeviceBuffer
  readonly uploaded: CudaEvent
  readonly started: CudaEvent
  readonly done: CudaEvent
  readonly binding: OrtBinding
  /** The whole run as one call; null where it runs node by node. */
  graph: CudaGraph | null = null
  readonly #output: DeviceBuffer
  readonly #host: PinnedBuffer
  readonly #values: Float32Array
  readonly #owned = new Owned()

  /** @throws CudaError, with nothing left behind. */
  constructor(device: CudaDevice, session: OrtSession, shape: SetShape) {
    const { inputName, outputName, inputShape, outputShape } = shape
    const outputBytes = product(outputShape) * VALUE_BYTES
    try {
      this.input = this.#owned.add(device.allocate(product(inputShape)), buffer => buffer.free())
      this.#output = this.#owned.add(device.allocate(outputBytes), buffer => buffer.free())
      this.#host = this.#owned.add(device.allocatePinned(outputBytes), buffer => buffer.free())
      this.uploaded = this.#owned.add(device.createEvent(), event => event.destroy())
      this.started = this.#owned.add(device.createEvent(true), event => event.destroy())
      this.done = this.#owned.add(device.createEvent(true), event => event.destroy())
      const input = { name: inputName, type: 'uint8', shape: inputShape, memory: this.input } as const
      const output = { name: outputName, type: 'float', shape: outputShape, memory: this.#output } as const
      this.binding = this.#owned.add(session.bind([input], [output]), binding => binding.close())
    } catch (error) {
      this.close()
      throw error
    }
    const { buffer, byteOffset } = this.#host.view
    this.#values = new Float32Array(buffer, byteOffset, product(outputShape))
  }

  get deviceBytes(): number {
    return this.input.bytes + this.#output.bytes
  }

  /** Brings the output to the host, behind what the stream does before. */
  download(stream: CudaStream): void {
    stream.download(this.#host, 0, this.#output, 0, this.#output.bytes)
  }

  /** The result, once `done` has fired: a view, overwritten by the next batch of this set. */
  result(values: number): Float32Array {
    return this.#values.subarray(0, values)
  }

  /** Milliseconds on the device, upload not included. */
  inferMs(): number {
    return this.done.msSince(this.started)
  }

  dropGraph(): void {
    this.graph?.destroy()
    this.graph = null
  }

  /** Nothing of it may be under way. */
  close(): void {
    this.dropGraph()
    this.#owned.release()
  }
}

function product(shape: readonly number[]): number {
  return shape.reduce((all, axis) => all * axis, 1)
}
