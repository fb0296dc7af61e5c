/**
 * A loaded model at work: takes batches in their order, keeps two under way, and says when each has uploaded and ended.
 * Every call returns at once; `step` does what can be done now. Whatever it throws means that the device is lost.
 */
import { monotonicMs } from '../../../shared/clock.js'
import { messageOf } from '../../../shared/errors.js'
import type { EngineStats } from '../engine.js'
import { type Bucket, frameSource } from './bucket.js'
import type { BufferSet } from './buffer-set.js'
import { failureOf } from './failure.js'
import { afterOutOfMemory, MAX_IN_FLIGHT, napMs, nextPart, type Part } from './flow.js'
import type { Gpu } from './gpu.js'
import { type Flight, Job } from './job.js'
import type { LoadedModel } from './load.js'
import type { ModelMessage, RunRequest } from './protocol.js'

/** Batches between two looks at the arenas. */
const STATS_EVERY = 500

export class GpuModel {
  readonly #gpu: Gpu
  readonly #loaded: LoadedModel
  readonly #send: (message: ModelMessage) => void
  readonly #model: number
  readonly #sizes: readonly number[]
  readonly #queue: Job[] = []
  readonly #flights: Flight[] = []
  #outOfMemory = 0
  #batches = 0

  constructor(gpu: Gpu, model: number, loaded: LoadedModel, send: (message: ModelMessage) => void) {
    this.#gpu = gpu
    this.#model = model
    this.#loaded = loaded
    this.#send = send
    this.#sizes = [...loaded.buckets.keys()]
  }

  get underWay(): number {
    return this.#flights.length
  }

  accept(request: RunRequest): void {
    const [first] = this.#loaded.buckets.values()
    const { bucket, slots } = request
    if (!first || !this.#sizes.includes(bucket)) {
      this.#fail(request.id, `no bucket of ${bucket}: the engine has ${this.#sizes.join(', ')}`)
    } else if (slots.length < 1 || slots.length > bucket) {
      this.#fail(request.id, `${slots.length} frames do not fit a bucket of ${bucket}`)
    } else this.#queue.push(new Job(request, first.frameValues))
  }

  /** @param begin whether more may be begun. @returns whether anything happened. @throws where the device is lost. */
  step(begin: boolean): boolean {
    let moved = false
    while (begin && this.#begin()) moved = true
    for (const flight of this.#flights) moved = this.#lookAtUpload(flight) || moved
    while (this.#finishFirst()) moved = true
    return moved
  }

  /** How long nothing can be expected to happen. */
  napMs(): number {
    const first = this.#flights[0]
    if (!first?.uploaded) return napMs(0, 0)
    return napMs(monotonicMs() - first.startedMs, this.#loaded.info.runMs.get(first.bucket.size) ?? 0)
  }

  sendStats(): void {
    this.#send({ kind: 'stats', model: this.#model, stats: this.#stats() })
  }

  /** Waits for what is under way, whose results nobody wants any more, and gives everything back. */
  close(): void {
    const { compute, buckets, slab } = this.#loaded
    this.#gpu.uploads.synchronize()
    compute.synchronize()
    for (const bucket of buckets.values()) bucket.close()
    buckets.clear()
    compute.destroy()
    slab.close()
  }

  /** @returns whether a part of the first batch was begun, or the batch was refused. */
  #begin(): boolean {
    const job = this.#queue[0]
    if (!job || this.#flights.length >= MAX_IN_FLIGHT) return false
    const part = nextPart(job.left, job.request.bucket, [...this.#loaded.buckets.keys()])
    if (!part) return this.#drop(job, 'no bucket is left: the device has no memory for any')
    const bucket = this.#loaded.buckets.get(part.bucket) as Bucket
    const set = bucket.take()
    if (!set) return false
    try {
      return this.#enqueue(job, part, bucket, set)
    } catch (error) {
      const told = this.#gpu.diagnose(error)
      if (this.#gpu.isLost) throw told
      bucket.give(set)
      return this.#drop(job, messageOf(told))
    }
  }

  /** Out of memory: once more after a shrink, then, whatever that one failed of, in smaller buckets. @throws what fails otherwise. */
  #enqueue(job: Job, part: Part, bucket: Bucket, set: BufferSet): boolean {
    const slots = job.request.slots.slice(job.begun, job.begun + part.frames)
    const frames = frameSource(this.#loaded.slab, slots)
    for (let tries = 1; ; tries++) {
      try {
        if (tries === 1) bucket.enqueue(set, frames)
        else bucket.enqueueAndShrink(set, frames)
        break
      } catch (error) {
        const failure = failureOf(error)
        if (failure === 'gpu_lost' || (failure === 'failed' && tries === 1)) throw error
        if (failure === 'out_of_memory') this.#outOfMemory++
        if (afterOutOfMemory(tries) === 'give_up_bucket') return this.#giveUp(bucket, set)
      }
    }
    const flight = { job, bucket, set, from: job.begun, frames: part.frames, uploaded: false }
    this.#flights.push({ ...flight, startedMs: monotonicMs() })
    job.begun += part.frames
    if (job.left === 0) this.#queue.shift()
    return true
  }

  /** Its memory goes to the smaller ones; what it has under way ends first. */
  #giveUp(bucket: Bucket, set: BufferSet): true {
    bucket.give(set)
    this.#gpu.uploads.synchronize()
    this.#loaded.compute.synchronize()
    for (const flight of this.#flights) this.#lookAtUpload(flight)
    while (this.#finishFirst());
    this.#loaded.buckets.delete(bucket.size)
    bucket.close()
    this.sendStats()
    return true
  }

  #lookAtUpload(flight: Flight): boolean {
    if (flight.uploaded || !flight.set.uploaded.query()) return false
    flight.uploaded = true
    const { job, frames } = flight
    if (job.addUploaded(frames)) this.#send({ kind: 'uploaded', model: this.#model, id: job.request.id })
    return true
  }

  /** Results come in the order of the batches: one stream computes them. */
  #finishFirst(): boolean {
    const flight = this.#flights[0]
    if (!flight?.uploaded || !flight.set.done.query()) return false
    this.#flights.shift()
    const { job } = flight
    const candidates = job.addResult(flight)
    flight.bucket.give(flight.set)
    if (candidates) {
      const { id } = job.request
      this.#send({ kind: 'result', model: this.#model, id, candidates, inferMs: job.inferMs })
    }
    if (++this.#batches % STATS_EVERY === 0) this.sendStats()
    return true
  }

  #drop(job: Job, message: string): true {
    this.#queue.shift()
    this.#fail(job.request.id, message)
    return true
  }

  #fail(id: number, message: string): void {
    this.#send({ kind: 'failed', model: this.#model, id, message })
  }

  #stats(): EngineStats {
    const arenas = [...this.#loaded.buckets.values()].map(bucket => ({ bucket, arena: bucket.arena() }))
    const sum = (of: (each: (typeof arenas)[number]) => number): number =>
      arenas.reduce((all, each) => all + of(each), 0)
    return {
      arenaInUseBytes: sum(({ arena }) => arena.inUseBytes),
      arenaMaxInUseBytes: sum(({ arena }) => arena.maxInUseBytes),
      arenaReservedBytes: sum(({ arena }) => arena.totalAllocatedBytes),
      arenaLimitBytes: Math.max(0, ...arenas.map(({ arena }) => arena.limitBytes)),
      allocationsAfterWarmUp: sum(({ bucket, arena }) => bucket.allocationsSinceSettled(arena)),
      outOfMemory: this.#outOfMemory,
    }
  }
}
