/** The anchor grid that both families share: strides 8, 16, 32 in that order, each a grid of cells, rows first. */

const strides = [8, 16, 32] as const

export interface Cell {
  /** Column and row in the grid of its stride. */
  x: number
  y: number
  stridePx: number
}

export function gridCells(widthPx: number, heightPx: number): Cell[] {
  return strides.flatMap(stridePx =>
    Array.from({ length: (heightPx / stridePx) * (widthPx / stridePx) }, (_, i) => ({
      x: i % (widthPx / stridePx),
      y: Math.floor(i / (widthPx / stridePx)),
      stridePx,
    })),
  )
}

export function anchorCount(widthPx: number, heightPx: number): number {
  return strides.reduce((sum, stridePx) => sum + (heightPx / stridePx) * (widthPx / stridePx), 0)
}
