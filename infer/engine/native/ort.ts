/**
 * ONNX Runtime’s C API through koffi: sessions on CUDA, TensorRT or CPU whose inputs and outputs are memory that we own.
 * Nothing outside this folder sees a pointer. Source: `onnxruntime_c_api.h` of ONNX Runtime 1.29.
 *
 * A session belongs to the thread that made it. What was closed must not be used again; closing twice does nothing.
 * Whatever fails throws `OrtError`.
 */
import { koffi } from '../../../shared/native/ffi.js'
import type { CudaStream } from './cuda.js'
import { type ArenaStats, arenaStats } from './ort-arena.js'
import { OrtCalls } from './ort-calls.js'
import { appendProviders, type ProviderSettings } from './ort-providers.js'
import {
  type BoundTensor,
  createValue,
  type MemoryInfos,
  type TensorInfo,
  tensorInfos,
} from './ort-tensors.js'

export type { ArenaStats } from './ort-arena.js'
export { OrtError } from './ort-calls.js'
export type { ProviderSettings } from './ort-providers.js'
export type { BoundTensor, ElementType, TensorInfo } from './ort-tensors.js'

export interface SessionSettings {
  providers: readonly ProviderSettings[]
  /** Session configuration entries, such as `session.disable_cpu_ep_fallback`. */
  config?: Readonly<Record<string, string>>
  /** Threads of what runs on the CPU. */
  threads?: number
  /** Where the graph is written as it runs, for people. */
  optimizedModelPath?: string
  /** Prefix of a file that tells the time of each node. */
  profilePrefix?: string
  /** 0 verbose … 2 warning, the default … 4 fatal; to stderr. */
  logSeverity?: number
}

const WARNING = 2
const ALL_OPTIMIZATIONS = 99
const DEVICE_ALLOCATOR = 0
const ARENA_ALLOCATOR = 1
const DEFAULT_MEMORY = 0
/** OrtMemTypeCPUOutput: memory of the host that the device reads and writes. */
const CPU_OUTPUT = -1

/** @throws RingsideError `gpu_unavailable` naming the file, its version, and the one wanted. */
export function loadOrt(libraryPath: string): OrtRuntime {
  return new OrtRuntime(new OrtCalls(libraryPath))
}

export class OrtRuntime {
  readonly version: string
  readonly #env: number

  constructor(private readonly calls: OrtCalls) {
    this.version = calls.version
    this.#env = calls.take('CreateEnv', WARNING, 'ringside')
  }

  /** Providers that this library was built to load, such as `CUDAExecutionProvider`; none of their libraries is opened. */
  availableProviders(): string[] {
    const names: [unknown] = [null]
    const count: [unknown] = [null]
    this.calls.do('GetAvailableProviders', names, count)
    const pointers = koffi.decode(names[0], koffi.array('char *', Number(count[0]))) as string[]
    const copied = [...pointers]
    this.calls.do('ReleaseAvailableProviders', names[0], count[0])
    return copied
  }

  /** @param model path of an ONNX file. */
  createSession(model: string, settings: SessionSettings, gpuOrdinal = 0): OrtSession {
    const options = this.calls.take('CreateSessionOptions')
    try {
      this.#configure(options, settings)
      const session = this.calls.take('CreateSession', this.#env, model, options)
      const onDevice = settings.providers.some(({ name }) => name !== 'cpu')
      const stream = settings.providers.find(({ computeStream }) => computeStream)?.computeStream
      return new OrtSession(this.calls, session, onDevice ? gpuOrdinal : null, stream)
    } finally {
      this.calls.raw.ReleaseSessionOptions(options)
    }
  }

  #configure(options: number, settings: SessionSettings): void {
    const { calls } = this
    calls.do('SetSessionGraphOptimizationLevel', options, ALL_OPTIMIZATIONS)
    calls.do('SetSessionLogSeverityLevel', options, settings.logSeverity ?? WARNING)
    if (settings.threads !== undefined) calls.do('SetIntraOpNumThreads', options, settings.threads)
    if (settings.optimizedModelPath)
      calls.do('SetOptimizedModelFilePath', options, settings.optimizedModelPath)
    if (settings.profilePrefix) calls.do('EnableProfiling', options, settings.profilePrefix)
    for (const [key, value] of Object.entries(settings.config ?? {})) {
      calls.do('AddSessionConfigEntry', options, key, value)
    }
    appendProviders(calls, options, settings.providers)
  }

  /** Every session of it is closed by then. */
  close(): void {
    this.calls.raw.ReleaseEnv(this.#env)
  }
}

export class OrtSession {
  readonly inputs: readonly TensorInfo[]
  readonly outputs: readonly TensorInfo[]
  readonly #memories: MemoryInfos
  readonly #arenaMemory: number
  /** Staging memory of the host; null where the session is on the CPU alone. */
  readonly #staging: { allocator: number; memory: number } | null
  readonly #runOptions = new Map<string, number>()
  #open = true

  /** @param ordinal of the GPU; null where the session is on the CPU alone. */
  constructor(
    private readonly calls: OrtCalls,
    private readonly session: number,
    ordinal: number | null,
    private readonly computeStream?: CudaStream,
  ) {
    this.inputs = tensorInfos(calls, session, 'Input')
    this.outputs = tensorInfos(calls, session, 'Output')
    const host = calls.take('CreateMemoryInfo', 'Cpu', DEVICE_ALLOCATOR, 0, DEFAULT_MEMORY)
    const on = (allocator: number): number =>
      ordinal === null
        ? calls.take('CreateMemoryInfo', 'Cpu', allocator, 0, DEFAULT_MEMORY)
        : calls.take('CreateMemoryInfo', 'Cuda', allocator, ordinal, DEFAULT_MEMORY)
    this.#memories = { host, device: on(DEVICE_ALLOCATOR) }
    this.#arenaMemory = on(ARENA_ALLOCATOR)
    this.#staging = ordinal === null ? null : this.#holdStaging(ordinal)
  }

  /** Ties inputs and outputs to memory, once; the memory must outlive the binding. */
  bind(inputs: readonly BoundTensor[], outputs: readonly BoundTensor[]): OrtBinding {
    const binding = this.calls.take('CreateIoBinding', this.session)
    const values: number[] = []
    try {
      const value = (tensor: BoundTensor): number => {
        values.push(createValue(this.calls, this.#memories, tensor))
        return values.at(-1) as number
      }
      for (const tensor of inputs) this.calls.do('BindInput', binding, tensor.name, value(tensor))
      for (const tensor of outputs) this.calls.do('BindOutput', binding, tensor.name, value(tensor))
      return new OrtBinding(this.calls, binding, values)
    } catch (error) {
      new OrtBinding(this.calls, binding, values).close()
      throw error
    }
  }

  /** @param options run configuration entries, such as `memory.enable_memory_arena_shrinkage`. */
  run(binding: OrtBinding, options: Readonly<Record<string, string>> = {}): void {
    this.calls.do('RunWithBinding', this.session, this.#runOptionsOf(options), binding.address)
  }

  /** The arena of the device that the session works on. */
  arena(): ArenaStats {
    const allocator = this.calls.take('CreateAllocator', this.session, this.#arenaMemory)
    try {
      return arenaStats(this.calls, allocator)
    } finally {
      this.calls.raw.ReleaseAllocator(allocator)
    }
  }

  close(): void {
    if (!this.#open) return
    this.#open = false
    for (const options of this.#runOptions.values()) this.calls.raw.ReleaseRunOptions(options)
    for (const memory of [this.#memories.host, this.#memories.device, this.#arenaMemory]) {
      this.calls.raw.ReleaseMemoryInfo(memory)
    }
    this.calls.raw.ReleaseSession(this.session)
    this.#letStagingGo()
  }

  /**
   * The provider frees staging buffers in a callback of the stream, and with the last of them their arena (`cuda_stream_handle.cc`,
   * `ReleaseCpuBufferCallback`). Where the session is gone by then, the callback gives pinned memory back, which CUDA forbids
   * there: the process aborts. Held here, the arena outlives every callback.
   */
  #holdStaging(ordinal: number): { allocator: number; memory: number } {
    const memory = this.calls.take('CreateMemoryInfo', 'CudaPinned', DEVICE_ALLOCATOR, ordinal, CPU_OUTPUT)
    return { memory, allocator: this.calls.take('CreateAllocator', this.session, memory) }
  }

  #letStagingGo(): void {
    if (!this.#staging) return
    this.computeStream?.synchronize()
    this.calls.raw.ReleaseAllocator(this.#staging.allocator)
    this.calls.raw.ReleaseMemoryInfo(this.#staging.memory)
  }

  /** Made once for each set of entries: a run allocates nothing here. */
  #runOptionsOf(entries: Readonly<Record<string, string>>): number {
    const key = JSON.stringify(entries)
    const known = this.#runOptions.get(key)
    if (known !== undefined) return known
    const options = this.calls.take('CreateRunOptions')
    this.#runOptions.set(key, options)
    for (const [name, value] of Object.entries(entries)) {
      this.calls.do('AddRunConfigEntry', options, name, value)
    }
    return options
  }
}

/** Inputs and outputs tied to memory. */
export class OrtBinding {
  #open = true

  /** @param address for this folder alone. */
  constructor(
    private readonly calls: OrtCalls,
    readonly address: number,
    private readonly values: readonly number[],
  ) {}

  close(): void {
    if (!this.#open) return
    this.#open = false
    this.calls.raw.ReleaseIoBinding(this.address)
    for (const value of this.values) this.calls.raw.ReleaseValue(value)
  }
}
