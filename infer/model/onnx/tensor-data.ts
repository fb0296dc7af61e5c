/** The numbers of an ONNX tensor: how many bytes each type takes, and tensors read from and written to their raw bytes. */
import { floatsFromHalves, halvesFromFloats } from './half.js'
import { elementType, type Tensor } from './proto.js'

/** Bits of one element of TensorProto.DataType, as raw data packs them; strings (8) have none. */
export const elementBits: Readonly<Record<number, number>> = {
  1: 32, // float
  2: 8, // uint8
  3: 8, // int8
  4: 16, // uint16
  5: 16, // int16
  6: 32, // int32
  7: 64, // int64
  9: 8, // bool
  10: 16, // float16
  11: 64, // double
  12: 32, // uint32
  13: 64, // uint64
  14: 64, // complex64
  15: 128, // complex128
  16: 16, // bfloat16
  17: 8, // four kinds of float8
  18: 8,
  19: 8,
  20: 8,
  21: 4, // uint4
  22: 4, // int4
  23: 4, // float4
}

/** In the list each type uses where the bytes are not raw. */
export type ListName = 'floatData' | 'int32Data' | 'int64Data' | 'doubleData' | 'uint64Data' | 'stringData'

export function listOf(dataType: number): ListName {
  if (dataType === 1 || dataType === 14) return 'floatData'
  if (dataType === 7) return 'int64Data'
  if (dataType === 8) return 'stringData'
  if (dataType === 11 || dataType === 15) return 'doubleData'
  return dataType === 12 || dataType === 13 ? 'uint64Data' : 'int32Data'
}

/** Values of one tensor. Integers of 64 bits are held as doubles, and only where they are exact. */
export interface Values {
  elemType: number
  dims: readonly number[]
  data: NumberArray
}

export type NumberArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array

/** How an element type is held while we compute: float16 as float32, int64 as double. */
const holders: Readonly<Record<number, new (length: number) => NumberArray>> = {
  1: Float32Array,
  2: Uint8Array,
  3: Int8Array,
  4: Uint16Array,
  5: Int16Array,
  6: Int32Array,
  7: Float64Array,
  9: Uint8Array,
  10: Float32Array,
  11: Float64Array,
}

/** Null where we do not compute with the type. */
export function newData(elemType: number, length: number): NumberArray | null {
  const Holder = holders[elemType]
  return Holder ? new Holder(length) : null
}

export function countOf(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1)
}

export function dimsOfTensor(tensor: Tensor): number[] {
  return (tensor.dims ?? []).map(Number)
}

/** Null where the type is none that we compute with, or an integer is too large to be exact. */
export function readValues(tensor: Tensor): Values | null {
  const elemType = tensor.dataType ?? 0
  const dims = dimsOfTensor(tensor)
  const data = newData(elemType, countOf(dims))
  if (!data) return null
  const filled = tensor.rawData?.length ? readRaw(tensor.rawData, elemType, data) : readList(tensor, data)
  return filled && { elemType, dims, data: filled }
}

export function writeTensor(name: string, { elemType, dims, data }: Values): Tensor {
  return { name, dataType: elemType, dims: [...dims], rawData: rawOf(elemType, data) }
}

function readRaw(raw: Uint8Array, elemType: number, data: NumberArray): NumberArray | null {
  // A copy: the bytes of the file need not be aligned.
  const aligned = new Uint8Array(raw).buffer
  if (elemType === elementType.float16) return floatsFromHalves(new Uint16Array(aligned))
  if (elemType === elementType.int64) return exact(new BigInt64Array(aligned), data)
  new Uint8Array(data.buffer).set(new Uint8Array(aligned))
  return data
}

function readList(tensor: Tensor, data: NumberArray): NumberArray | null {
  const list = (tensor[listOf(tensor.dataType ?? 0)] ?? []) as ArrayLike<unknown>
  for (let i = 0; i < data.length; i++) data[i] = Number(list[i])
  if (tensor.dataType === elementType.float16) return floatsFromHalves(Uint16Array.from(data))
  return tensor.dataType === elementType.int64 && !data.every(Number.isSafeInteger) ? null : data
}

function exact(values: BigInt64Array, data: NumberArray): NumberArray | null {
  values.forEach((value, i) => {
    data[i] = Number(value)
  })
  return data.every(Number.isSafeInteger) ? data : null
}

function rawOf(elemType: number, data: NumberArray): Uint8Array {
  if (elemType === elementType.float16) return new Uint8Array(halvesFromFloats(data).buffer)
  if (elemType === elementType.int64)
    return new Uint8Array(BigInt64Array.from(Array.from(data, BigInt)).buffer)
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}
