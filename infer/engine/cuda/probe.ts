/** Two pictures in pinned memory that a model is warmed up and checked with, before any camera's frame. */
import { noiseFrame } from '../../model/loader/noise-frame.js'
import type { PreparedModel } from '../../model/prepared-model.js'
import type { CudaDevice, PinnedBuffer } from '../native/cuda.js'
import type { FrameSource } from './bucket.js'

export const PICTURES = [0, 1] as const
export type Picture = (typeof PICTURES)[number]

export class Probe {
  readonly #memory: PinnedBuffer
  readonly #frameBytes: number

  constructor(device: CudaDevice, model: PreparedModel) {
    const frames = PICTURES.map(picture => noiseFrame(model, picture + 1))
    this.#frameBytes = (frames[0] as Uint8Array).byteLength
    this.#memory = device.allocatePinned(this.#frameBytes * frames.length)
    for (const [i, frame] of frames.entries()) this.#memory.view.set(frame, i * this.#frameBytes)
  }

  /** Fills a bucket: this picture, and the other one, in turns. */
  frames(picture: Picture, bucket: number): FrameSource {
    const offsets = Array.from(
      { length: bucket },
      (_, i) => ((picture + i) % PICTURES.length) * this.#frameBytes,
    )
    return { memory: this.#memory, frameBytes: this.#frameBytes, offsets }
  }

  close(): void {
    this.#memory.free()
  }
}
