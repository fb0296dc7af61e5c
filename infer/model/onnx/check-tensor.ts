/** A tensor must be as large as its data: no dimension is believed that the bytes do not bear out. */
import { modelInvalid } from './invalid.js'
import type { Tensor, ValueInfo } from './proto.js'
import { countOf, dimsOfTensor, elementBits, listOf } from './tensor-data.js'

const MAX_RANK = 16
const MAX_DIM = 2 ** 31 - 1
/** Of a tensor that a file declares without holding it. */
const MAX_ELEMENTS = 2 ** 36
/** TensorProto.DataLocation.EXTERNAL */
const EXTERNAL = 1
const STRING = 8
const COMPLEX = new Set([14, 15])

/** @throws RingsideError `model_invalid`. */
export function checkTensor(tensor: Tensor, file: string): void {
  const fail = (found: string, expected: string) =>
    modelInvalid(file, `tensor ${tensor.name ?? ''} ${found}`, expected)
  if (tensor.dataLocation === EXTERNAL || tensor.externalData?.length) {
    throw fail('keeps its data in another file', 'all data inside (no external_data)')
  }
  const dims = dimsOfTensor(tensor)
  const problem = problemOf(dims)
  if (problem) throw fail(problem, 'dimensions of a tensor')
  const type = tensor.dataType ?? 0
  if (type !== STRING && !elementBits[type]) throw fail(`has element type ${type}`, 'a type of ONNX')
  const held = heldElements(tensor)
  const expected = expectedElements(type, countOf(dims), held.raw)
  if (held.count !== expected) {
    throw fail(
      `is [${dims.join(', ')}] of type ${type} and holds ${held.count} ${held.raw ? 'bytes' : 'values'}`,
      String(expected),
    )
  }
}

/** @throws RingsideError `model_invalid`. */
export function checkValueInfo(value: ValueInfo, file: string): void {
  const dim = value.type?.tensorType?.shape?.dim ?? []
  // Open dimensions are written as names, as nothing, as 0 or as -1.
  const dims = dim.map(({ dimValue, dimParam }) => (dimParam ? 1 : Math.abs(Number(dimValue ?? 1))))
  const problem = problemOf(dims)
  if (problem) throw modelInvalid(file, `the declared ${value.name} ${problem}`, 'dimensions of a tensor')
}

function problemOf(dims: readonly number[]): string | null {
  if (dims.length > MAX_RANK) return `has ${dims.length} dimensions`
  if (dims.some(dim => dim < 0 || dim > MAX_DIM) || countOf(dims) > MAX_ELEMENTS) {
    return `has the dimensions [${dims.join(', ')}]`
  }
  return null
}

/** Where both kinds of data are there the count fits neither. */
function heldElements(tensor: Tensor): { raw: boolean; count: number } {
  const raw = tensor.rawData?.length ?? 0
  const lists = [
    tensor.floatData,
    tensor.int32Data,
    tensor.int64Data,
    tensor.doubleData,
    tensor.uint64Data,
    tensor.stringData,
  ]
  const listed = lists.reduce((sum, list) => sum + (list?.length ?? 0), 0)
  if (raw && listed) return { raw: true, count: -1 }
  const own = tensor[listOf(tensor.dataType ?? 0)]?.length ?? 0
  return raw || !listed ? { raw: raw > 0, count: raw } : { raw: false, count: own === listed ? own : -1 }
}

function expectedElements(type: number, elements: number, raw: boolean): number {
  const bits = elementBits[type] ?? 0
  if (raw) return Math.ceil((elements * bits) / 8)
  if (COMPLEX.has(type)) return elements * 2
  return bits === 4 ? Math.ceil(elements / 2) : elements
}
