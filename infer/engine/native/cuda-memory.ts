/** Memory of the device, and page-locked memory of the host. Made by `CudaDevice`. */
import type { CudaCalls } from './cuda-calls.js'

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
