/** Anchor grids: one for each stride, in the order of the strides, each a grid of cells, rows first. */

/** Of nearly every family. */
export const commonStridesPx = [8, 16, 32] as const

/** What detectors are trained with: a fourth, coarser or finer, grid for large or small objects, and tiny models of two. */
const knownStridesPx: readonly (readonly number[])[] = [
  commonStridesPx,
  [8, 16, 32, 64],
  [4, 8, 16, 32],
  [16, 32],
]

export interface InputSize {
  widthPx: number
  heightPx: number
}

export interface Cell {
  /** Column and row in the grid of its stride. */
  x: number
  y: number
  stridePx: number
}

export function gridCells(size: InputSize, stridesPx: readonly number[]): Cell[] {
  return stridesPx.flatMap(stridePx => {
    const { columns, rows } = gridOf(size, stridePx)
    return Array.from({ length: rows * columns }, (_, i) => ({
      x: i % columns,
      y: Math.floor(i / columns),
      stridePx,
    }))
  })
}

export function anchorCount(size: InputSize, stridesPx: readonly number[] = commonStridesPx): number {
  return stridesPx.reduce((sum, stridePx) => {
    const { columns, rows } = gridOf(size, stridePx)
    return sum + columns * rows
  }, 0)
}

/**
 * The strides whose grids have that many cells; null where none have.
 * @param cells null: the file does not say.
 * @param declared of the sidecar or the metadata; only these count then.
 */
export function stridesOf(
  size: InputSize,
  cells: number | null,
  declared: readonly number[] | null,
): readonly number[] | null {
  const candidates = declared ? [declared] : knownStridesPx
  if (cells === null) return candidates[0]!
  return candidates.find(stridesPx => anchorCount(size, stridesPx) === cells) ?? null
}

/** A last cell may hang over the edge: a stride of 64 on 416 pixels. */
function gridOf({ widthPx, heightPx }: InputSize, stridePx: number) {
  return { columns: Math.ceil(widthPx / stridePx), rows: Math.ceil(heightPx / stridePx) }
}
