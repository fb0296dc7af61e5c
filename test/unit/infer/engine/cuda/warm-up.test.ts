import { describe, expect, it } from 'vitest'
import { sameScores } from '../../../../../infer/engine/cuda/warm-up.js'

/** Two candidates: x1, y1, x2, y2, score, class. */
const result = (...scores: number[]): Float32Array =>
  Float32Array.from(scores.flatMap((score, i) => [i, i, i + 1, i + 1, score, i]))

describe('a graph’s result', () => {
  it('is that of the plain run, but for the last digits of scores', () => {
    expect(sameScores(result(0.9, 0.4), result(0.9, 0.4))).toBe(true)
    expect(sameScores(result(0.9, 0.4), result(0.9004, 0.4))).toBe(true)
    expect(sameScores(result(0.9, 0.4), result(0.9, 0.41))).toBe(false)
  })

  it('may lack a number only where the plain run lacks it too', () => {
    expect(sameScores(result(Number.NaN, 0.4), result(Number.NaN, 0.4))).toBe(true)
    expect(sameScores(result(Number.NaN, 0.4), result(0.9, 0.4))).toBe(false)
    expect(sameScores(result(0.9, 0.4), result(0.9, Number.NaN))).toBe(false)
  })

  it('is as long', () => {
    expect(sameScores(result(0.9), result(0.9, 0.4))).toBe(false)
  })
})
