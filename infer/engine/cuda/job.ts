/** A batch that an engine asked for, from its request to its result; where its bucket was given up, in several parts. */
import type { Bucket } from './bucket.js'
import type { BufferSet } from './buffer-set.js'
import type { RunRequest } from './protocol.js'

/** Frames of a job that are under way together. */
export interface Flight {
  job: Job
  bucket: Bucket
  set: BufferSet
  /** Which frames of the job: from, and how many. */
  from: number
  frames: number
  uploaded: boolean
  startedMs: number
}

export class Job {
  /** Frames begun; the next part starts there. */
  begun = 0
  inferMs = 0
  readonly #candidates: Float32Array
  readonly #frameValues: number
  #uploaded = 0
  #done = 0

  constructor(
    readonly request: RunRequest,
    frameValues: number,
  ) {
    this.#frameValues = frameValues
    this.#candidates = new Float32Array(this.frames * frameValues)
  }

  get frames(): number {
    return this.request.slots.length
  }

  get left(): number {
    return this.frames - this.begun
  }

  /** @returns whether no slot of the batch is read any more. */
  addUploaded(frames: number): boolean {
    this.#uploaded += frames
    return this.#uploaded === this.frames
  }

  /** @returns the whole result once it is there; it belongs to the caller. */
  addResult({ from, frames, set }: Flight): Float32Array | null {
    this.#candidates.set(set.result(frames * this.#frameValues), from * this.#frameValues)
    this.inferMs += set.inferMs()
    this.#done += frames
    return this.#done === this.frames ? this.#candidates : null
  }
}
