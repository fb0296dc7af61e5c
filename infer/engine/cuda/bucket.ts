/**
 * One bucket on the device: a session of its own, two sets of buffers, and the graph of each set.
 *
 * Why a session a bucket: a convolution of ONNX Runtime's CUDA provider keeps the cuDNN plan of its last shape alone
 * (`nn/conv.cc`). With one session for all, each change of bucket would compile for seconds, and free kernels and memory
 * that the graphs of the other buckets still name. It costs the weights once a bucket, and makes a bucket that does not
 * fit one that leaves nothing behind.
 *
 * Graphs are captured here, around the whole run, since ONNX Runtime's own capture is refused with channels last. What
 * makes that sound: after warm-up a run allocates nothing, so the addresses stay; a bucket's sets run one after another
 * on one stream, so they may share activations; and a shrink of the arena drops the graphs first.
 */
import type { PreparedModel } from '../../model/prepared-model.js'
import { VALUES_PER_CANDIDATE } from '../../postprocess/candidates.js'
import type { CudaStream, PinnedBuffer } from '../native/cuda.js'
import type { ArenaStats, OrtSession } from '../native/ort.js'
import { BufferSet } from './buffer-set.js'
import { failureOf } from './failure.js'
import type { Gpu, Holder, SessionRequest } from './gpu.js'
import type { PinnedSlab } from './pinned-slab.js'

const SETS = 2
/** The stream orders everything: nobody needs to wait at the end of a run. */
const UNSYNCHRONISED = { disable_synchronize_execution_providers: '1' }

/** Where the pixels of a batch lie. */
export interface FrameSource {
  memory: PinnedBuffer
  frameBytes: number
  offsets: readonly number[]
}

export function frameSource(slab: PinnedSlab, slots: readonly number[]): FrameSource {
  const offsets = slots.map(slot => slab.offsetOf(slot))
  return { memory: slab.memory, frameBytes: slab.frameBytes, offsets }
}

export class Bucket implements Holder {
  readonly size: number
  readonly sets: readonly BufferSet[]
  /** Values of one frame's result. */
  readonly frameValues: number
  readonly #gpu: Gpu
  readonly #compute: CudaStream
  readonly #session: OrtSession
  readonly #free: BufferSet[]
  #baseline: ArenaStats
  /** A shrink took graphs that are to come back. */
  #lostGraphs = false

  /** @throws OrtError, CudaError; nothing is left on the device then. */
  constructor(gpu: Gpu, request: SessionRequest) {
    this.#gpu = gpu
    this.#compute = request.compute
    this.size = request.bucket
    this.frameValues = request.model.maxCandidates * VALUES_PER_CANDIDATE
    this.#session = gpu.createSession(request)
    const sets: BufferSet[] = []
    try {
      const shape = shapeOf(request.model, request.bucket)
      while (sets.length < SETS) sets.push(new BufferSet(gpu.device, this.#session, shape))
      this.#baseline = this.#session.arena()
    } catch (error) {
      for (const set of sets) set.close()
      this.#session.close()
      throw error
    }
    this.sets = sets
    this.#free = [...sets]
    gpu.hold(this)
  }

  /** A set that nothing uses; null where both are under way. Give it back with `give`. */
  take(): BufferSet | null {
    return this.#free.pop() ?? null
  }

  give(set: BufferSet): void {
    this.#free.push(set)
  }

  /** Enqueues a batch wholly: copies, then the run behind them, then the copy of the result. Returns at once. */
  enqueue(set: BufferSet, frames: FrameSource): void {
    this.upload(set, frames)
    this.#timed(set, () => {
      if (set.graph) set.graph.launch(this.#compute)
      else this.#run(set)
    })
    if (this.#lostGraphs && !set.graph) this.#captureAgain(set)
  }

  /**
   * As `enqueue`, node by node; the arena then gives back what the run did not use. The graphs name that memory: they go
   * first, and come back once a set has run without. What is under way is awaited.
   */
  enqueueAndShrink(set: BufferSet, frames: FrameSource): void {
    this.#compute.synchronize()
    this.#lostGraphs ||= this.sets.some(({ graph }) => graph !== null)
    for (const each of this.sets) each.dropGraph()
    this.upload(set, frames)
    const shrink = { 'memory.enable_memory_arena_shrinkage': `gpu:${this.#gpu.device.ordinal}` }
    this.#timed(set, () => this.#run(set, shrink))
  }

  /**
   * Captures the run of a set; it must have run before, so that nothing is allocated meanwhile.
   * @throws CudaError, OrtError; Error where the graph would free staging memory of the host, as some operators have it, at each launch.
   */
  capture(set: BufferSet): void {
    set.dropGraph()
    const graph = this.#compute.capture(() => this.#run(set))
    if (graph.hostCalls === 0) set.graph = graph
    else {
      graph.destroy()
      throw new Error('an operator of it calls back to the host, once for what should run often')
    }
  }

  upload(set: BufferSet, { memory, offsets, frameBytes }: FrameSource): void {
    const { uploads } = this.#gpu
    for (let i = 0; i < offsets.length; i++) {
      uploads.upload(set.input, i * frameBytes, memory, offsets[i] as number, frameBytes)
    }
    uploads.record(set.uploaded)
  }

  arena(): ArenaStats {
    return this.#session.arena()
  }

  /** Warm-up is over: from here on the device gives nothing more. */
  settle(): void {
    this.#baseline = this.#session.arena()
  }

  allocationsSinceSettled(now: ArenaStats): number {
    return now.extensions - this.#baseline.extensions + (now.reserves - this.#baseline.reserves)
  }

  heldBytes(): number {
    return this.#session.arena().totalAllocatedBytes + this.bufferBytes
  }

  get bufferBytes(): number {
    return this.sets.reduce((sum, set) => sum + set.deviceBytes, 0)
  }

  /** Gives everything back; nothing of it may be under way. */
  close(): void {
    this.#gpu.letGo(this)
    for (const set of this.sets) set.close()
    this.#session.close()
  }

  /** The same operators were captured, and proved, at warm-up. What fails now stays node by node. @throws where the device is lost. */
  #captureAgain(set: BufferSet): void {
    try {
      this.capture(set)
    } catch (error) {
      if (failureOf(error) === 'gpu_lost') throw error
      this.#lostGraphs = false
    }
  }

  #timed(set: BufferSet, run: () => void): void {
    this.#compute.wait(set.uploaded)
    this.#compute.record(set.started)
    run()
    this.#compute.record(set.done)
  }

  #run(set: BufferSet, more: Readonly<Record<string, string>> = {}): void {
    this.#session.run(set.binding, { ...UNSYNCHRONISED, ...more })
    set.download(this.#compute)
  }
}

function shapeOf(model: PreparedModel, bucket: number): ConstructorParameters<typeof BufferSet>[2] {
  return {
    inputName: model.inputName,
    outputName: model.outputName,
    inputShape: [bucket, (model.heightPx * 3) / 2, model.widthPx],
    outputShape: [bucket, model.maxCandidates, VALUES_PER_CANDIDATE],
  }
}
