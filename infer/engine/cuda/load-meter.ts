/** Watches a load on a GPU: what the device has less of after each bucket, and the most in between. */
import type { BucketLoad } from '../load-memory.js'
import type { ArenaStats } from '../native/ort.js'

/** Where the figures come from. */
export interface MeteredDevice {
  memory(): { freeBytes: number; totalBytes: number }
  /** Of this process; null where nothing tells. */
  processBytes(): number | null
}

/** A bucket that has warmed up, with nothing under way. */
export interface WarmedBucket {
  size: number
  bufferBytes: number
  arena(): ArenaStats
}

export class LoadMeter {
  readonly #device: MeteredDevice
  readonly #loads: BucketLoad[] = []
  #beforeBytes = 0
  #highestBytes = 0
  #warmBytes = 0

  constructor(device: MeteredDevice) {
    this.#device = device
  }

  get loads(): readonly BucketLoad[] {
    return this.#loads
  }

  /** Nothing of the bucket is there. */
  begin(): void {
    this.#beforeBytes = this.#usedBytes()
    this.#highestBytes = this.#beforeBytes
  }

  /** Between two steps; what a single call takes and gives back is not seen. */
  look(): void {
    this.#highestBytes = Math.max(this.#highestBytes, this.#usedBytes())
  }

  /** All but its measured runs is done. */
  warmed(): void {
    this.#warmBytes = this.#usedBytes() - this.#beforeBytes
  }

  end(bucket: WarmedBucket, times: Pick<BucketLoad, 'firstRunMs' | 'runMs'>): void {
    this.look()
    const { inUseBytes, totalAllocatedBytes, maxInUseBytes } = bucket.arena()
    const usedBytes = this.#usedBytes()
    this.#loads.push({
      bucket: bucket.size,
      warmBytes: this.#warmBytes,
      residentBytes: usedBytes - this.#beforeBytes,
      peakBytes: this.#highestBytes - this.#beforeBytes,
      bufferBytes: bucket.bufferBytes,
      arena: { idleBytes: inUseBytes, reservedBytes: totalAllocatedBytes, peakBytes: maxInUseBytes },
      processBytes: this.#device.processBytes(),
      deviceUsedBytes: usedBytes,
      ...times,
    })
  }

  #usedBytes(): number {
    const { freeBytes, totalBytes } = this.#device.memory()
    return totalBytes - freeBytes
  }
}
