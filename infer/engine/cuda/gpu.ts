/** The GPU as its thread has it: device, runtime, the stream of uploads, and the memory that all models hold. */
import { mkdirSync } from 'node:fs'
import type { PreparedModel } from '../../model/prepared-model.js'
import { type CudaDevice, type CudaStream, loadCudaDriver } from '../native/cuda.js'
import { gpuFacts } from '../native/gpu-facts.js'
import { loadOrt, type OrtRuntime, type OrtSession } from '../native/ort.js'
import { failureOf } from './failure.js'
import type { DeviceMemory } from './memory-budget.js'
import type { CudaOptions } from './options.js'
import { ProcessMemory } from './process-memory.js'
import type { ThreadData } from './protocol.js'
import { providersOf, tensorrtFolder } from './provider-options.js'

/** Whatever holds device memory here. */
export interface Holder {
  heldBytes(): number
}

export interface SessionRequest {
  provider: 'cuda' | 'tensorrt'
  model: PreparedModel
  bucket: number
  limitBytes: number
  cacheDir: string
  options: CudaOptions
  compute: CudaStream
}

const ERRORS_ONLY = 3

export class Gpu {
  readonly device: CudaDevice
  /** All models upload here: one copy engine serves this direction, in the order of the batches. */
  readonly uploads: CudaStream
  readonly #ort: OrtRuntime
  readonly #holders = new Set<Holder>()
  /** What the context took, whoever made it in this process; null where nothing tells. */
  readonly contextBytes: number | null
  readonly #process: ProcessMemory | null
  #loads = 0
  #isLost = false

  /** @throws RingsideError `gpu_unavailable`; CudaError where the device does not start. */
  constructor({ ordinal, ortLibrary }: ThreadData) {
    const driver = loadCudaDriver()
    this.#ort = loadOrt(ortLibrary)
    this.#process = ProcessMemory.open(gpuFacts(ordinal).pciBusId)
    const before = this.#process?.usedBytes() ?? null
    this.device = driver.open(ordinal)
    this.contextBytes = this.processBytes() ?? grown(before, this.#process?.usedBytes() ?? null)
    this.uploads = this.device.createStream()
  }

  /** A session for one bucket alone: see `bucket.ts`. @throws OrtError */
  createSession(request: SessionRequest): OrtSession {
    const { ordinal } = this.device
    if (request.provider === 'tensorrt') mkdirSync(tensorrtFolder(request.cacheDir), { recursive: true })
    const providers = providersOf({ ...request, ordinal })
    return this.#ort.createSession(
      request.model.file,
      {
        providers: providers.map(provider => ({ ...provider, computeStream: request.compute })),
        threads: 1,
        logSeverity: ERRORS_ONLY,
      },
      ordinal,
    )
  }

  hold(holder: Holder): void {
    this.#holders.add(holder)
  }

  letGo(holder: Holder): void {
    this.#holders.delete(holder)
  }

  heldBytes(): number {
    return [...this.#holders].reduce((sum, holder) => sum + holder.heldBytes(), 0)
  }

  memory(): DeviceMemory {
    return this.device.memory()
  }

  /** Of this process, as NVML says. */
  processBytes(): number | null {
    return this.#process?.ownBytes() ?? null
  }

  /** True once: what the libraries set up at their first use falls into that load. */
  isFirstLoad(): boolean {
    return this.#loads++ === 0
  }

  /** No call may be made any more. */
  get isLost(): boolean {
    return this.#isLost
  }

  /**
   * What is behind a failure: a device that is lost often shows as the failure of some library, so it is asked.
   * All that was under way has ended then. @returns the error that tells more.
   */
  diagnose(error: unknown): unknown {
    this.#isLost ||= failureOf(error) === 'gpu_lost'
    if (this.#isLost) return error
    try {
      this.device.synchronize()
      return error
    } catch (deviceError) {
      this.#isLost = true
      return deviceError
    }
  }

  /** Every model is closed by then. */
  close(): void {
    this.uploads.destroy()
    this.#ort.close()
    this.device.close()
    this.#process?.close()
  }
}

/** Nothing grew where the context was there already: that tells nothing of it. */
function grown(before: number | null, after: number | null): number | null {
  return before === null || after === null || after <= before ? null : after - before
}
