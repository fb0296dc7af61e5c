/** Constant folding of operators that move elements: reshape, slice, concat and their like. */
import { hasAttribute, intAttribute, intsAttribute, tensorAttribute } from '../../onnx/attributes.js'
import { elementType } from '../../onnx/proto.js'
import { countOf, newData, readValues, type Values } from '../../onnx/tensor-data.js'
import type { Evaluator } from './evaluate.js'

/** A shape that a few bytes ask for may be as large as they like; what is worked out here may not. */
const MAX_FILLED = 2 ** 20

export const shapeOf: Evaluator = ([input], node) =>
  input && !hasAttribute(node, 'start') && !hasAttribute(node, 'end') ? integers(input.dims) : null

export const reshape: Evaluator = ([input, shape], node) => {
  if (!input || !isIntegers(shape) || intAttribute(node, 'allowzero', 0) !== 0) return null
  const dims = [...shape.data].map((dim, i) => (dim === 0 ? (input.dims[i] ?? 0) : dim))
  const known = dims.filter(dim => dim !== -1).reduce((product, dim) => product * dim, 1)
  const open = dims.indexOf(-1)
  if (open >= 0 && known > 0) dims[open] = input.data.length / known
  return withDims(input, dims)
}

/** Axes come from an attribute up to opset 12, from an input after. */
export const unsqueeze: Evaluator = ([input, axesInput], node) => {
  if (!input || (axesInput && !isIntegers(axesInput))) return null
  const axes = axesInput ? [...axesInput.data] : intsAttribute(node, 'axes')
  const rank = input.dims.length + axes.length
  const added = new Set(axes.map(axis => (axis < 0 ? axis + rank : axis)))
  const rest = [...input.dims]
  return withDims(
    input,
    Array.from({ length: rank }, (_, i) => (added.has(i) ? 1 : rest.shift()!)),
  )
}

export const squeeze: Evaluator = ([input, axesInput], node) => {
  if (!input || (axesInput && !isIntegers(axesInput))) return null
  const axes = axesInput ? [...axesInput.data] : intsAttribute(node, 'axes')
  const dropped = new Set(axes.map(axis => (axis < 0 ? axis + input.dims.length : axis)))
  const dims = input.dims.filter((dim, i) => (axes.length ? !dropped.has(i) : dim !== 1))
  return withDims(input, dims)
}

export const transpose: Evaluator = ([input], node) => {
  if (!input) return null
  const named = intsAttribute(node, 'perm')
  const axes = named.length ? named : [...input.dims.keys()].reverse()
  const steps = stepsOf(input.dims)
  if (axes.length !== input.dims.length || axes.some(axis => steps[axis] === undefined)) return null
  return picked(
    input,
    axes.map(axis => input.dims[axis]!),
    axes.map(axis => steps[axis]!),
  )
}

/** With step 1 or more, of one or several axes. */
export const slice: Evaluator = ([input, starts, ends, axesInput, stepsInput]) => {
  if (!input || !isIntegers(starts) || !isIntegers(ends)) return null
  const dims = [...input.dims]
  const steps = stepsOf(input.dims)
  let offset = 0
  for (const [i, start] of [...starts.data].entries()) {
    const named = axesInput?.data[i] ?? i
    const axis = named < 0 ? named + dims.length : named
    const [dim, by] = [input.dims[axis], stepsInput?.data[i] ?? 1]
    if (dim === undefined || by < 1) return null
    const clamp = (at: number) => Math.min(dim, Math.max(0, at < 0 ? at + dim : at))
    dims[axis] = Math.max(0, Math.ceil((clamp(ends.data[i]!) - clamp(start)) / by))
    offset += clamp(start) * stepsOf(input.dims)[axis]!
    steps[axis]! *= by
  }
  return picked(input, dims, steps, offset)
}

export const concat: Evaluator = (inputs, node) => {
  const parts = inputs.filter(input => input !== null)
  const [first] = parts
  if (!first || parts.length < inputs.length) return null
  const named = intAttribute(node, 'axis', 0)
  const axis = named < 0 ? named + first.dims.length : named
  const fits = parts.every(
    ({ elemType, dims }) =>
      elemType === first.elemType &&
      dims.length === first.dims.length &&
      dims.every((dim, i) => i === axis || dim === first.dims[i]),
  )
  const dims = first.dims.map((dim, i) =>
    i === axis ? parts.reduce((sum, part) => sum + part.dims[i]!, 0) : dim,
  )
  const data = fits && axis >= 0 && axis < dims.length ? newData(first.elemType, countOf(dims)) : null
  if (!data) return null
  let at = 0
  for (let row = 0; row < countOf(dims.slice(0, axis)); row++) {
    for (const part of parts) {
      const length = countOf(part.dims.slice(axis))
      data.set(part.data.subarray(row * length, (row + 1) * length), at)
      at += length
    }
  }
  return { elemType: first.elemType, dims, data }
}

/** Along axis 0 of a list: what is left of shape arithmetic. */
export const gather: Evaluator = ([input, indices], node) => {
  if (!input || !isIntegers(indices) || input.dims.length !== 1 || intAttribute(node, 'axis', 0) !== 0)
    return null
  const data = newData(input.elemType, indices.data.length)
  if (!data) return null
  for (const [i, index] of [...indices.data].entries()) {
    const value = input.data[index < 0 ? index + input.data.length : index]
    if (value === undefined) return null
    data[i] = value
  }
  return { elemType: input.elemType, dims: indices.dims, data }
}

export const filled: Evaluator = ([shape], node) => {
  if (!isIntegers(shape) || shape.data.some(dim => dim < 0) || countOf([...shape.data]) > MAX_FILLED)
    return null
  const tensor = tensorAttribute(node, 'value')
  const value = tensor ? readValues(tensor) : { elemType: elementType.float, data: [0] }
  const data = value && newData(value.elemType, countOf([...shape.data]))
  return data
    ? { elemType: value!.elemType, dims: [...shape.data], data: data.fill(value!.data[0] ?? 0) }
    : null
}

function isIntegers(values: Values | null | undefined): values is Values {
  return values?.elemType === elementType.int64 || values?.elemType === elementType.int32
}

function integers(values: readonly number[]): Values {
  return { elemType: elementType.int64, dims: [values.length], data: Float64Array.from(values) }
}

function withDims(input: Values, dims: readonly number[]): Values | null {
  const fits = dims.every(dim => Number.isInteger(dim) && dim >= 0) && countOf(dims) === input.data.length
  return fits ? { ...input, dims } : null
}

function stepsOf(dims: readonly number[]): number[] {
  return dims.map((_, i) => countOf(dims.slice(i + 1)))
}

/** The elements at `offset` + index · steps, for each index of `dims`. */
function picked(input: Values, dims: readonly number[], steps: readonly number[], offset = 0): Values | null {
  const data = newData(input.elemType, countOf(dims))
  if (!data) return null
  for (let i = 0; i < data.length; i++) {
    let from = offset
    let rest = i
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      from += (rest % dims[axis]!) * steps[axis]!
      rest = Math.floor(rest / dims[axis]!)
    }
    data[i] = input.data[from]!
  }
  return { elemType: input.elemType, dims, data }
}
