/** Anchor grids: one for each stride, in the order of the strides, each a grid of cells, rows first. */

/** Of nearly every family. */
export const commonStridesPx = [8, 16, 32] as const

export interface Cell {
  /** Column and row in the grid of its stride. */
  x: number
  y: number
  stridePx: number
}

export function gridCells(
  widthPx: number,
  heightPx: number,
  stridesPx: readonly number[] = commonStridesPx,
): Cell[] {
  return stridesPx.flatMap(stridePx =>
    Array.from({ length: (heightPx / stridePx) * (widthPx / stridePx) }, (_, i) => ({
      x: i % (widthPx / stridePx),
      y: Math.floor(i / (widthPx / stridePx)),
      stridePx,
    })),
  )
}

export function anchorCount(
  widthPx: number,
  heightPx: number,
  stridesPx: readonly number[] = commonStridesPx,
): number {
  return stridesPx.reduce((sum, stridePx) => sum + (heightPx / stridePx) * (widthPx / stridePx), 0)
}
