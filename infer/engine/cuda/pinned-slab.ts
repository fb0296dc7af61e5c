/** The slab of one model, mapped and page-locked once: the copy engine reads frames out of it directly. */
import { Slab } from '../../../shared/slab/slab.js'
import type { CudaDevice, PinnedBuffer } from '../native/cuda.js'

export class PinnedSlab {
  readonly frameBytes: number
  readonly memory: PinnedBuffer
  readonly #slab: Slab

  /** @throws RingsideError `slab_invalid`; CudaError where the host does not let so much be locked. */
  constructor(path: string, device: CudaDevice) {
    this.#slab = Slab.attach(path)
    this.frameBytes = this.#slab.layout.frameBytes
    try {
      this.memory = device.pin(this.#slab.bytes)
    } catch (error) {
      this.#slab.close()
      throw error
    }
  }

  /** Where the pixels of a slot begin in `memory`. */
  offsetOf(slot: number): number {
    const { pixelsOffset, strideBytes, slotCount } = this.#slab.layout
    if (!Number.isInteger(slot) || slot < 0 || slot >= slotCount) throw new RangeError(`no slot ${slot}`)
    return pixelsOffset + slot * strideBytes
  }

  /** No copy out of it may be under way. */
  close(): void {
    this.memory.free()
    this.#slab.close()
  }
}
