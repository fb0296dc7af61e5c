/**
 * What models may take of this device together. Where the settings fix it in bytes, that stands; where they say `auto`, it is the
 * `memoryFraction` of the device's budget, and follows it. Only what is loaded from then on sees a change: what is loaded stays.
 */
import type { Config } from '../../config/schema.js'
import { type DeviceFacts, hostBytes } from '../engine/device.js'
import { MEMORY_FRACTION } from './memory.js'
import type { ModelLimit } from './outlet.js'

const BY_BUDGET = 'memoryFraction of the device’s budget'

export class MemoryLimit implements ModelLimit {
  readonly #hostTotalBytes: number
  readonly #fixed: { host: number | null; device: number | null }
  #fraction: number

  constructor(
    { model, budget }: Pick<Config, 'model' | 'budget'>,
    private readonly facts: Pick<DeviceFacts, 'kind' | 'totalBytes'>,
    hostTotalBytes = hostBytes(),
  ) {
    this.#hostTotalBytes = hostTotalBytes
    this.#fixed = { host: fixedBytes(model.memoryBytes), device: fixedBytes(model.cuda.memoryBytes) }
    this.#fraction = budget.memoryFraction
  }

  get host(): number {
    return this.#fixed.host ?? Math.floor(this.#hostTotalBytes * this.#fraction)
  }

  /** 0 on a CPU, whose models take host memory. */
  get device(): number {
    if (this.facts.kind === 'cpu') return 0
    return this.#fixed.device ?? Math.floor(this.facts.totalBytes * this.#fraction)
  }

  get rules(): Record<'host' | 'device', string> {
    const { host, device } = this.#fixed
    return {
      host: host === null ? BY_BUDGET : 'model.memoryBytes',
      device: device === null ? BY_BUDGET : 'model.cuda.memoryBytes',
    }
  }

  /** What the settings fix of the memory that models take: the device's, or the host's on a CPU. null: it follows the budget. */
  get fixedBytes(): number | null {
    return this.facts.kind === 'gpu' ? this.#fixed.device : this.#fixed.host
  }

  /** For the default model, which is loaded at start also where the budget was lowered below it: a budget ends no process. */
  begin(memoryFraction: number): void {
    this.#fraction = Math.max(MEMORY_FRACTION, memoryFraction)
  }

  /** @returns whether there is more than before, so that what was refused may fit. */
  follow(memoryFraction: number): boolean {
    const { host, device } = this
    this.#fraction = memoryFraction
    return this.host > host || this.device > device
  }
}

function fixedBytes(setting: 'auto' | number): number | null {
  return setting === 'auto' ? null : setting
}
