/** Loads a model on the GPU, bucket by bucket, smallest first: what does not fit is refused with its arithmetic, what does stays. In steps. */
import { messageOf } from '../../../shared/errors.js'
import { VALUES_PER_CANDIDATE } from '../../postprocess/candidates.js'
import type { LoadMemory } from '../load-memory.js'
import type { CudaStream } from '../native/cuda.js'
import { Bucket } from './bucket.js'
import { failureOf, type MemoryAsked, memoryAsked } from './failure.js'
import type { Gpu } from './gpu.js'
import { LoadMeter } from './load-meter.js'
import {
  arenaLimitBytes,
  type BucketBudget,
  budgetBytes,
  bufferBytes,
  refusal,
  refusalAfter,
} from './memory-budget.js'
import { Owned } from './owned.js'
import { PinnedSlab } from './pinned-slab.js'
import { Probe } from './probe.js'
import type { LoadedInfo, LoadRequest } from './protocol.js'
import { type LoadStep, type WarmBucket, warmUp } from './warm-up.js'

const FLOAT_BYTES = 4

/** What a model has on the device. */
export interface LoadedModel {
  info: LoadedInfo
  slab: PinnedSlab
  compute: CudaStream
  buckets: Map<number, Bucket>
}

/** @throws Error where no bucket fits, OrtError, CudaError; nothing of the model is left then, nor when the generator is returned early. */
export function* loadModel(gpu: Gpu, request: LoadRequest): Generator<LoadStep, LoadedModel> {
  const freeBefore = gpu.memory().freeBytes
  const loading = new Loading(gpu, request)
  try {
    yield* loading.run()
    return loading.finish(freeBefore)
  } finally {
    loading.end()
  }
}

class Loading {
  readonly #gpu: Gpu
  readonly #request: LoadRequest
  readonly #owned = new Owned()
  readonly #slab: PinnedSlab
  readonly #compute: CudaStream
  readonly #probe: Probe
  readonly #buckets = new Map<number, Bucket>()
  readonly #runMs = new Map<number, number>()
  readonly #refused = new Map<number, string>()
  readonly #notes: string[] = []
  readonly #meter: LoadMeter
  readonly #firstOfProcess: boolean
  #provider: LoadRequest['provider']
  #finished = false

  constructor(gpu: Gpu, request: LoadRequest) {
    this.#gpu = gpu
    this.#request = request
    this.#provider = request.provider
    this.#meter = new LoadMeter(gpu)
    this.#firstOfProcess = gpu.isFirstLoad()
    const { device } = gpu
    try {
      this.#slab = this.#owned.add(new PinnedSlab(request.slabPath, device), slab => slab.close())
      this.#compute = this.#owned.add(device.createStream(), stream => stream.destroy())
      this.#probe = new Probe(device, request.prepared)
    } catch (error) {
      this.#owned.release()
      throw error
    }
  }

  *run(): Generator<LoadStep, void> {
    let tooLarge: number | null = null
    for (const size of [...this.#request.buckets].sort((a, b) => a - b)) {
      if (tooLarge !== null) this.#refused.set(size, refusalAfter(size, tooLarge))
      else if (!(yield* this.#add(size))) tooLarge = size
    }
    if (this.#buckets.size === 0) throw new Error([...this.#refused.values()][0] ?? 'no bucket was asked for')
  }

  finish(freeBefore: number): LoadedModel {
    this.#finished = true
    const info: LoadedInfo = {
      device: this.#gpu.device.name,
      provider: this.#provider,
      runMs: this.#runMs,
      refusedBuckets: this.#refused,
      deviceBytes: Math.max(0, freeBefore - this.#gpu.memory().freeBytes),
      notes: this.#notes,
      memory: this.#memory(),
    }
    return { info, slab: this.#slab, compute: this.#compute, buckets: this.#buckets }
  }

  /** On a lost device nothing is given back: such calls may hang, and the process is about to end. */
  end(): void {
    if (this.#gpu.isLost) return
    this.#probe.close()
    if (this.#finished) return
    for (const bucket of this.#buckets.values()) bucket.close()
    this.#owned.release()
  }

  /** @returns false where the memory does not suffice. */
  *#add(size: number): Generator<LoadStep, boolean> {
    const budget = this.#budget(size)
    if (arenaLimitBytes(budget) <= 0) return this.#refuse(size, budget, nothingAsked)
    try {
      this.#meter.begin()
      const bucket = this.#create(size, arenaLimitBytes(budget))
      this.#keep(bucket, yield* this.#warm(bucket))
      this.#buckets.set(size, bucket)
      return true
    } catch (error) {
      if (failureOf(error) !== 'out_of_memory') throw error
      return this.#refuse(size, budget, memoryAsked(messageOf(error)))
    }
  }

  *#warm(bucket: Bucket): Generator<LoadStep, WarmBucket> {
    let warm = false
    try {
      yield 'step'
      const result = yield* this.#watched(warmUp(bucket, this.#probe, this.#request.options.graphs))
      warm = true
      return result
    } catch (error) {
      throw this.#gpu.diagnose(error)
    } finally {
      if (!warm && !this.#gpu.isLost) bucket.close()
    }
  }

  *#watched(steps: Generator<LoadStep, WarmBucket>): Generator<LoadStep, WarmBucket> {
    for (;;) {
      const { done, value } = steps.next()
      this.#meter.look()
      if (done) return value
      if (value === 'turn_wanted') this.#meter.warmed()
      yield value
    }
  }

  #keep(bucket: Bucket, { runMs, firstRunMs, notes }: WarmBucket): void {
    this.#meter.end(bucket, { runMs, firstRunMs })
    this.#runMs.set(bucket.size, Math.min(...runMs))
    this.#notes.push(...notes)
  }

  #memory(): LoadMemory {
    const contextBytes = this.#firstOfProcess ? this.#gpu.contextBytes : null
    const buckets = this.#meter.loads
    return { contextBytes, sessionBytes: 0, firstOfProcess: this.#firstOfProcess, buckets }
  }

  #refuse(size: number, budget: BucketBudget, asked: MemoryAsked): false {
    this.#refused.set(size, refusal(size, budget, asked))
    return false
  }

  /** TensorRT that was chosen, but cannot build this model, gives way to CUDA; TensorRT that was asked for does not. */
  #create(bucket: number, limitBytes: number): Bucket {
    const { prepared: model, options, cacheDir } = this.#request
    const open = (): Bucket =>
      new Bucket(this.#gpu, {
        provider: this.#provider,
        model,
        bucket,
        limitBytes,
        cacheDir,
        options,
        compute: this.#compute,
      })
    try {
      return open()
    } catch (error) {
      const mayFallBack = this.#provider === 'tensorrt' && options.provider === 'auto'
      if (!mayFallBack || failureOf(error) !== 'failed') throw error
      this.#notes.push(`CUDA runs it, since TensorRT cannot: ${messageOf(error)}`)
      this.#provider = 'cuda'
      return open()
    }
  }

  #budget(bucket: number): BucketBudget {
    const { prepared, options } = this.#request
    const memory = this.#gpu.memory()
    const outputBytes = prepared.maxCandidates * VALUES_PER_CANDIDATE * FLOAT_BYTES
    return {
      budgetBytes: budgetBytes(options.memoryBytes, memory),
      heldBytes: this.#gpu.heldBytes(),
      freeBytes: memory.freeBytes,
      bufferBytes: bufferBytes(bucket, this.#slab.frameBytes, outputBytes),
    }
  }
}

const nothingAsked: MemoryAsked = { neededBytes: null, availableBytes: null }
