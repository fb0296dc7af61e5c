/** Tensors of a session: what its inputs and outputs are, and values over memory that we own. For this folder, but for the types. */
import { koffi } from '../../../shared/native/ffi.js'
import { DeviceBuffer } from './cuda.js'
import type { OrtCalls } from './ort-calls.js'

/** `ONNXTensorElementDataType`: those that a prepared model has. */
const elementTypes = { float: 1, uint8: 2, int8: 3, int32: 6, int64: 7, float16: 10 } as const
export type ElementType = keyof typeof elementTypes

export interface TensorInfo {
  name: string
  type: ElementType | 'other'
  /** -1 where an axis is dynamic. */
  shape: number[]
}

/** A tensor whose memory is given: on the device, or in host memory. */
export interface BoundTensor {
  name: string
  type: ElementType
  shape: readonly number[]
  memory: DeviceBuffer | Uint8Array
}

export function tensorInfos(calls: OrtCalls, session: number, side: 'Input' | 'Output'): TensorInfo[] {
  const count = calls.take(`SessionGet${side}Count`, session)
  return Array.from({ length: count }, (_, index) => ({
    name: nameOf(calls, session, side, index),
    ...typeOf(calls, session, side, index),
  }))
}

function nameOf(calls: OrtCalls, session: number, side: 'Input' | 'Output', index: number): string {
  const allocator = calls.take('GetAllocatorWithDefaultOptions')
  const pointer = calls.take(`SessionGet${side}Name`, session, index, allocator)
  const name = koffi.decode(pointer, 'char', -1) as string
  calls.do('AllocatorFree', allocator, pointer)
  return name
}

function typeOf(
  calls: OrtCalls,
  session: number,
  side: 'Input' | 'Output',
  index: number,
): Pick<TensorInfo, 'type' | 'shape'> {
  const info = calls.take(`SessionGet${side}TypeInfo`, session, index)
  try {
    const tensor = calls.take('CastTypeInfoToTensorInfo', info)
    if (tensor === 0) return { type: 'other', shape: [] }
    const code = calls.take('GetTensorElementType', tensor)
    const shape = new BigInt64Array(calls.take('GetDimensionsCount', tensor))
    calls.do('GetDimensions', tensor, shape, shape.length)
    const known = Object.entries(elementTypes).find(([, value]) => value === code)
    return { type: (known?.[0] as ElementType | undefined) ?? 'other', shape: Array.from(shape, Number) }
  } finally {
    calls.raw.ReleaseTypeInfo(info)
  }
}

/** The names by which memory is told from memory (`CreateMemoryInfo`). */
export interface MemoryInfos {
  device: number
  host: number
}

/** @returns an OrtValue; the memory stays the caller’s, and must outlive it. */
export function createValue(calls: OrtCalls, memories: MemoryInfos, tensor: BoundTensor): number {
  const { memory, shape, type } = tensor
  const onDevice = memory instanceof DeviceBuffer
  const address = onDevice ? memory.address : Number(koffi.address(memory))
  const bytes = onDevice ? memory.bytes : memory.byteLength
  const dimensions = BigInt64Array.from(shape, BigInt)
  return calls.take(
    'CreateTensorWithDataAsOrtValue',
    onDevice ? memories.device : memories.host,
    address,
    bytes,
    dimensions,
    dimensions.length,
    elementTypes[type],
  )
}
