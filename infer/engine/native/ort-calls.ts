/**
 * The functions of ONNX Runtime’s C API that Ringside calls, with their statuses checked. For the `ort*` files of this folder alone.
 *
 * `OrtApi` is a table of function pointers whose order never changes; new ones are added at its end. Indexes and prototypes:
 * `onnxruntime_c_api.h`, API version 29 (ONNX Runtime 1.29). Whoever raises the version looks at the indexes again.
 */
import { messageOf, RingsideError } from '../../../shared/errors.js'
import { koffi } from '../../../shared/native/ffi.js'

/** The one version whose provider libraries, options and table were tried. */
export const ORT_VERSION = '1.29.0'
const API_VERSION = 29
const TABLE_LENGTH = 320

/** Index in the table, and the prototype. What returns a status is called through `do` and `take`. */
const functions = {
  GetErrorCode: [1, 'int OrtGetErrorCode(uintptr_t status)'],
  GetErrorMessage: [2, 'const char *OrtGetErrorMessage(uintptr_t status)'],
  CreateEnv: [3, 'uintptr_t OrtCreateEnv(int severity, const char *id, _Out_ uintptr_t *env)'],
  CreateSession: [
    7,
    'uintptr_t OrtCreateSession(uintptr_t env, const char *path, uintptr_t options, _Out_ uintptr_t *session)',
  ],
  CreateSessionOptions: [10, 'uintptr_t OrtCreateSessionOptions(_Out_ uintptr_t *options)'],
  SetOptimizedModelFilePath: [
    11,
    'uintptr_t OrtSetOptimizedModelFilePath(uintptr_t options, const char *path)',
  ],
  EnableProfiling: [14, 'uintptr_t OrtEnableProfiling(uintptr_t options, const char *prefix)'],
  SetSessionLogSeverityLevel: [22, 'uintptr_t OrtSetSessionLogSeverityLevel(uintptr_t options, int level)'],
  SetSessionGraphOptimizationLevel: [
    23,
    'uintptr_t OrtSetSessionGraphOptimizationLevel(uintptr_t options, int level)',
  ],
  SetIntraOpNumThreads: [24, 'uintptr_t OrtSetIntraOpNumThreads(uintptr_t options, int threads)'],
  SessionGetInputCount: [30, 'uintptr_t OrtSessionGetInputCount(uintptr_t session, _Out_ size_t *count)'],
  SessionGetOutputCount: [31, 'uintptr_t OrtSessionGetOutputCount(uintptr_t session, _Out_ size_t *count)'],
  SessionGetInputTypeInfo: [
    33,
    'uintptr_t OrtSessionGetInputTypeInfo(uintptr_t session, size_t index, _Out_ uintptr_t *info)',
  ],
  SessionGetOutputTypeInfo: [
    34,
    'uintptr_t OrtSessionGetOutputTypeInfo(uintptr_t session, size_t index, _Out_ uintptr_t *info)',
  ],
  SessionGetInputName: [
    36,
    'uintptr_t OrtSessionGetInputName(uintptr_t session, size_t index, uintptr_t allocator, _Out_ uintptr_t *name)',
  ],
  SessionGetOutputName: [
    37,
    'uintptr_t OrtSessionGetOutputName(uintptr_t session, size_t index, uintptr_t allocator, _Out_ uintptr_t *name)',
  ],
  CreateRunOptions: [39, 'uintptr_t OrtCreateRunOptions(_Out_ uintptr_t *options)'],
  CreateTensorWithDataAsOrtValue: [
    49,
    'uintptr_t OrtCreateTensorWithDataAsOrtValue(uintptr_t memory, uintptr_t data, size_t bytes, void *shape, size_t rank, int type, _Out_ uintptr_t *value)',
  ],
  CastTypeInfoToTensorInfo: [
    55,
    'uintptr_t OrtCastTypeInfoToTensorInfo(uintptr_t info, _Out_ uintptr_t *tensor)',
  ],
  GetTensorElementType: [60, 'uintptr_t OrtGetTensorElementType(uintptr_t tensor, _Out_ int *type)'],
  GetDimensionsCount: [61, 'uintptr_t OrtGetDimensionsCount(uintptr_t tensor, _Out_ size_t *rank)'],
  GetDimensions: [62, 'uintptr_t OrtGetDimensions(uintptr_t tensor, void *dimensions, size_t rank)'],
  CreateMemoryInfo: [
    68,
    'uintptr_t OrtCreateMemoryInfo(const char *name, int allocator, int id, int type, _Out_ uintptr_t *memory)',
  ],
  AllocatorFree: [76, 'uintptr_t OrtAllocatorFree(uintptr_t allocator, uintptr_t pointer)'],
  GetAllocatorWithDefaultOptions: [
    78,
    'uintptr_t OrtGetAllocatorWithDefaultOptions(_Out_ uintptr_t *allocator)',
  ],
  ReleaseEnv: [92, 'void OrtReleaseEnv(uintptr_t env)'],
  ReleaseStatus: [93, 'void OrtReleaseStatus(uintptr_t status)'],
  ReleaseMemoryInfo: [94, 'void OrtReleaseMemoryInfo(uintptr_t memory)'],
  ReleaseSession: [95, 'void OrtReleaseSession(uintptr_t session)'],
  ReleaseValue: [96, 'void OrtReleaseValue(uintptr_t value)'],
  ReleaseRunOptions: [97, 'void OrtReleaseRunOptions(uintptr_t options)'],
  ReleaseTypeInfo: [98, 'void OrtReleaseTypeInfo(uintptr_t info)'],
  ReleaseSessionOptions: [100, 'void OrtReleaseSessionOptions(uintptr_t options)'],
  GetAvailableProviders: [
    125,
    'uintptr_t OrtGetAvailableProviders(_Out_ uintptr_t *names, _Out_ int *count)',
  ],
  ReleaseAvailableProviders: [126, 'uintptr_t OrtReleaseAvailableProviders(uintptr_t names, int count)'],
  AddSessionConfigEntry: [
    130,
    'uintptr_t OrtAddSessionConfigEntry(uintptr_t options, const char *key, const char *value)',
  ],
  CreateAllocator: [
    131,
    'uintptr_t OrtCreateAllocator(uintptr_t session, uintptr_t memory, _Out_ uintptr_t *allocator)',
  ],
  ReleaseAllocator: [132, 'void OrtReleaseAllocator(uintptr_t allocator)'],
  RunWithBinding: [
    133,
    'uintptr_t OrtRunWithBinding(uintptr_t session, uintptr_t options, uintptr_t binding)',
  ],
  CreateIoBinding: [134, 'uintptr_t OrtCreateIoBinding(uintptr_t session, _Out_ uintptr_t *binding)'],
  ReleaseIoBinding: [135, 'void OrtReleaseIoBinding(uintptr_t binding)'],
  BindInput: [136, 'uintptr_t OrtBindInput(uintptr_t binding, const char *name, uintptr_t value)'],
  BindOutput: [137, 'uintptr_t OrtBindOutput(uintptr_t binding, const char *name, uintptr_t value)'],
  AddRunConfigEntry: [
    165,
    'uintptr_t OrtAddRunConfigEntry(uintptr_t options, const char *key, const char *value)',
  ],
  AppendTensorRT: [170, 'uintptr_t OrtAppendTensorRT(uintptr_t options, uintptr_t tensorrt)'],
  CreateTensorRTOptions: [171, 'uintptr_t OrtCreateTensorRTOptions(_Out_ uintptr_t *options)'],
  UpdateTensorRTOptions: [
    172,
    'uintptr_t OrtUpdateTensorRTOptions(uintptr_t options, const char **keys, const char **values, size_t count)',
  ],
  ReleaseTensorRTOptions: [174, 'void OrtReleaseTensorRTOptions(uintptr_t options)'],
  AppendCUDA: [204, 'uintptr_t OrtAppendCUDA(uintptr_t options, uintptr_t cuda)'],
  CreateCUDAOptions: [205, 'uintptr_t OrtCreateCUDAOptions(_Out_ uintptr_t *options)'],
  UpdateCUDAOptions: [
    206,
    'uintptr_t OrtUpdateCUDAOptions(uintptr_t options, const char **keys, const char **values, size_t count)',
  ],
  ReleaseCUDAOptions: [208, 'void OrtReleaseCUDAOptions(uintptr_t options)'],
  UpdateTensorRTOption: [
    261,
    'uintptr_t OrtUpdateTensorRTOption(uintptr_t options, const char *key, uintptr_t value)',
  ],
  UpdateCUDAOption: [
    263,
    'uintptr_t OrtUpdateCUDAOption(uintptr_t options, const char *key, uintptr_t value)',
  ],
  GetKeyValuePairs: [
    298,
    'void OrtGetKeyValuePairs(uintptr_t pairs, _Out_ uintptr_t *keys, _Out_ uintptr_t *values, _Out_ size_t *count)',
  ],
  ReleaseKeyValuePairs: [300, 'void OrtReleaseKeyValuePairs(uintptr_t pairs)'],
  AllocatorGetStats: [319, 'uintptr_t OrtAllocatorGetStats(uintptr_t allocator, _Out_ uintptr_t *pairs)'],
} as const

export type Name = keyof typeof functions
type Raw = Record<Name, (...values: unknown[]) => number>

const getVersionProto = koffi.proto('const char *OrtGetVersion()')
const getApiProto = koffi.proto('uintptr_t OrtGetApi(uint32_t version)')
const protos = Object.fromEntries(
  Object.entries(functions).map(([name, [index, prototype]]) => [
    name,
    { index, proto: koffi.proto(prototype) },
  ]),
)

/** A call of ONNX Runtime that failed; codes: `OrtErrorCode`. */
export class OrtError extends Error {
  override readonly name = 'OrtError'

  constructor(
    readonly call: string,
    readonly code: number,
    readonly text: string,
  ) {
    super(`${call}: ${text}`)
  }

  /** The arena is at its limit, or the device is full (`bfc_arena.cc`; `CUDA failure 2` of `cudaMalloc`). */
  get isOutOfMemory(): boolean {
    return /Available memory of \d+ is smaller than requested|Failed to allocate memory|out of memory|CUDA failure 2:/i.test(
      this.text,
    )
  }
}

export class OrtCalls {
  readonly raw: Raw
  readonly version: string

  /** @throws RingsideError `gpu_unavailable` where the library is missing or of another version. */
  constructor(libraryPath: string) {
    const [getApi, getVersion] = apiBaseOf(libraryPath)
    this.version = koffi.call(getVersion, getVersionProto) as string
    const table = this.version === ORT_VERSION ? (koffi.call(getApi, getApiProto, API_VERSION) as number) : 0
    if (table === 0) {
      throw new RingsideError(
        'gpu_unavailable',
        `${libraryPath} is ONNX Runtime ${this.version}; Ringside needs ${ORT_VERSION}.`,
        { value: libraryPath, remedy: '`ringside gpu install` puts the right one in place.' },
      )
    }
    const pointers = koffi.decode(table, koffi.array('uintptr_t', TABLE_LENGTH)) as ArrayLike<number>
    this.raw = Object.fromEntries(
      Object.entries(protos).map(([name, { index, proto }]) => [name, koffi.decode(pointers[index], proto)]),
    ) as unknown as Raw
  }

  /** @throws OrtError */
  do(name: Name, ...values: unknown[]): void {
    const status = this.raw[name](...values)
    if (status === 0) return
    const code = this.raw.GetErrorCode(status)
    const text = String(this.raw.GetErrorMessage(status))
    this.raw.ReleaseStatus(status)
    throw new OrtError(name, code, text)
  }

  /** The handle or number that the last argument of a call gives back. @throws OrtError */
  take(name: Name, ...values: unknown[]): number {
    const out: [unknown] = [null]
    this.do(name, ...values, out)
    return Number(out[0])
  }
}

/** koffi unloads a library whose handle is collected; the functions of the table do not hold it. */
const kept = new Set<ReturnType<typeof koffi.load>>()

function apiBaseOf(libraryPath: string): [getApi: number, getVersion: number] {
  try {
    const library = koffi.load(libraryPath)
    kept.add(library)
    const base = library.func('uintptr_t OrtGetApiBase()')() as number
    return koffi.decode(base, koffi.array('uintptr_t', 2)) as [number, number]
  } catch (cause) {
    throw new RingsideError(
      'gpu_unavailable',
      `${libraryPath} cannot be loaded as ONNX Runtime: ${messageOf(cause)}`,
      {
        value: libraryPath,
        remedy: '`ringside doctor` says what is missing.',
        cause,
      },
    )
  }
}
