/** Constant folding, element by element: arithmetic with NumPy's broadcasting, and casts. */
import { intAttribute } from '../../onnx/attributes.js'
import { floatsFromHalves, halvesFromFloats } from '../../onnx/half.js'
import { elementType } from '../../onnx/proto.js'
import { countOf, type NumberArray, newData, type Values } from '../../onnx/tensor-data.js'
import type { Evaluator } from './evaluate.js'

const FLOATS = new Set<number>([elementType.float])
const INTEGERS = new Set<number>([elementType.int32, elementType.int64])

/** Of one float or integer input. */
export function map(apply: (a: number) => number): Evaluator {
  return ([input]) => {
    if (!input || !(FLOATS.has(input.elemType) || INTEGERS.has(input.elemType))) return null
    const data = newData(input.elemType, input.data.length)!
    for (let i = 0; i < data.length; i++) data[i] = apply(input.data[i]!)
    return usable({ ...input, data })
  }
}

/** Of two inputs of one type. Integers are left alone where the result is none (a division, an overflow). */
export function combine(apply: (a: number, b: number) => number): Evaluator {
  return ([a, b]) => {
    if (!a || !b || a.elemType !== b.elemType) return null
    if (!FLOATS.has(a.elemType) && !INTEGERS.has(a.elemType)) return null
    const dims = broadcast(a.dims, b.dims)
    const data = dims && newData(a.elemType, countOf(dims))
    if (!data) return null
    const [fromA, fromB] = [spread(a, dims), spread(b, dims)]
    for (let i = 0; i < data.length; i++) {
      const value = apply(fromA(i), fromB(i))
      data[i] = value
      if (INTEGERS.has(a.elemType) && data[i] !== value) return null
    }
    return usable({ elemType: a.elemType, dims, data })
  }
}

export const cast: Evaluator = ([input], node) => {
  const to = intAttribute(node, 'to', 0)
  const data = input && newData(to, input.data.length)
  if (!data) return null
  const toFloat = to === elementType.float || to === elementType.float16
  for (let i = 0; i < data.length; i++) {
    const value = input.data[i]!
    data[i] = to === elementType.bool ? Number(value !== 0) : toFloat ? value : Math.trunc(value)
    if (!toFloat && to !== elementType.bool && data[i] !== Math.trunc(value)) return null
  }
  // Halves are held as floats: what they lose, they lose here.
  const held = to === elementType.float16 ? floatsFromHalves(halvesFromFloats(data)) : data
  return usable({ elemType: to, dims: input.dims, data: held })
}

/** 64-bit integers are held as doubles. */
function usable(values: Values): Values | null {
  return values.elemType === elementType.int64 && !values.data.every(Number.isSafeInteger) ? null : values
}

function broadcast(a: readonly number[], b: readonly number[]): number[] | null {
  const rank = Math.max(a.length, b.length)
  const dims = Array.from({ length: rank }, (_, i) => {
    const [x, y] = [a[i - rank + a.length] ?? 1, b[i - rank + b.length] ?? 1]
    return x === y || y === 1 ? x : x === 1 ? y : -1
  })
  return dims.includes(-1) ? null : dims
}

/** From an index of the result to the value of the input there. */
function spread({ dims, data }: Values, result: readonly number[]): (index: number) => number {
  if (data.length === 1) return () => data[0]!
  if (data.length === countOf(result)) return index => data[index]!
  const steps = stepsOf(dims, result)
  return index => at(data, index, result, steps)
}

function stepsOf(dims: readonly number[], result: readonly number[]): number[] {
  const steps: number[] = []
  let step = 1
  for (let axis = result.length - 1; axis >= 0; axis--) {
    const dim = dims[axis - result.length + dims.length] ?? 1
    steps[axis] = dim === 1 ? 0 : step
    step *= dim
  }
  return steps
}

function at(data: NumberArray, index: number, result: readonly number[], steps: readonly number[]): number {
  let offset = 0
  let rest = index
  for (let axis = result.length - 1; axis >= 0; axis--) {
    offset += (rest % result[axis]!) * steps[axis]!
    rest = Math.floor(rest / result[axis]!)
  }
  return data[offset]!
}
