/** Shapes as a model file declares them. */
import type { ValueInfo } from './proto.js'

/** A dimension that the file leaves open is null. */
export type Dims = readonly (number | null)[]

export function dimsOf(value: ValueInfo): (number | null)[] {
  const dims = value.type?.tensorType?.shape?.dim ?? []
  return dims.map(({ dimValue, dimParam }) =>
    dimParam || Number(dimValue ?? 0) <= 0 ? null : Number(dimValue),
  )
}

export function shapeText(dims: Dims): string {
  return `[${dims.map(dim => dim ?? '?').join(', ')}]`
}
