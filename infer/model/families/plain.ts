/** Pieces of the plain decoders, which tests compare graphs with: no graph, no cleverness. */
import type { Candidate } from './family.js'

export type Box = readonly [x1: number, y1: number, x2: number, y2: number]

export function cornersOfCentre([x, y, width, height]: ArrayLike<number> & Iterable<number>): Box {
  return [x! - width! / 2, y! - height! / 2, x! + width! / 2, y! + height! / 2]
}

/** The best of a row's class scores, and its class: the first of equals. */
export function bestOf(scores: Float32Array): { score: number; classId: number } {
  const score = scores.reduce((best, value) => Math.max(best, value), Number.NEGATIVE_INFINITY)
  return { score, classId: scores.indexOf(score) }
}

/** A table of `width` columns, row by row. */
export function rowsOf(values: ArrayLike<number>, width: number): Float32Array[] {
  const floats = Float32Array.from(values)
  return Array.from({ length: floats.length / width }, (_, i) => floats.subarray(i * width, (i + 1) * width))
}

export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x))
}

export function candidate([x1, y1, x2, y2]: Box, score: number, classId: number): Candidate {
  return [x1, y1, x2, y2, score, classId]
}
