/** Slopes against worked examples, against definitions, and against chance. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Point, trendOf } from '../../../../shared/memory/theil-sen.js'
import { normalNumbers } from '../../../tools/normal-numbers.js'

const points = (values: readonly number[]): Point[] => values.map((value, atMs) => ({ atMs, value }))

describe('trendOf', () => {
  it('gives Sen’s own example: 21 slopes of seven points, the median 4, and 26/7 to 35/8 at 95 %', () => {
    // Var(S) = 7·6·19 / 18 = 44.3; C = 1.96·√44.3 = 13.05; ranks (21 − C)/2 ≈ 4 and (21 + C)/2 + 1 ≈ 18, ascending.
    const [t, y] = [
      [1, 2, 3, 4, 10, 12, 18],
      [9, 15, 19, 20, 45, 55, 78],
    ]
    const series = t.map((atMs, i) => ({ atMs, value: y[i] as number }))
    const slopes = series
      .flatMap((a, i) => series.slice(i + 1).map(b => (b.value - a.value) / (b.atMs - a.atMs)))
      .sort((a, b) => a - b)
    const trend = trendOf([series], 1.96)
    expect(trend).toMatchObject({ slope: 4, low: slopes[3], high: slopes[17] })
    expect([trend?.low, trend?.high]).toEqual([26 / 7, 35 / 8])
    expect(trend?.z).toBeCloseTo(20 / Math.sqrt(133 / 3), 6) // S = 21: every pair rises
  })

  it('of a line is its slope, whatever a quarter of the points say', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
        fc.array(fc.integer({ min: 0, max: 39 }), { maxLength: 8 }),
        fc.double({ min: -1e9, max: 1e9, noNaN: true }),
        (slope, wrong, by) => {
          const line = points(Array.from({ length: 40 }, (_, i) => i * slope))
          for (const index of new Set(wrong)) line[index] = { atMs: index, value: index * slope + by }
          const trend = trendOf([line], 1.96)
          expect(trend?.slope).toBeCloseTo(slope, 3)
        },
      ),
    )
  })

  it('compares nothing across strata: a step between two is no growth', () => {
    const flat = (level: number): number[] => Array.from({ length: 20 }, (_, i) => level + (i % 3))
    expect(trendOf([points(flat(10)), points(flat(1000))], 3.29)?.slope).toBe(0)
    expect(Math.abs(trendOf([points(flat(10)), points(flat(1000))], 3.29)?.z ?? 9)).toBeLessThan(1.96)
    expect(trendOf([points([...flat(10), ...flat(1000)])], 3.29)?.slope).toBeGreaterThan(10)
  })

  it('holds the true slope as often as it says, also where neighbours resemble each other', () => {
    const numbers = normalNumbers(7)(300 * 80)
    let used = 0
    const next = (): number => numbers[used++] as number
    const covered = { white: 0, red: 0 }
    const runs = 300
    for (let run = 0; run < runs; run++) {
      let wander = 0
      const white = points(Array.from({ length: 40 }, (_, i) => 0.5 * i + 5 * next()))
      const red = points(
        Array.from({ length: 40 }, (_, i) => {
          wander = 0.6 * wander + 4 * next()
          return 0.5 * i + wander
        }),
      )
      for (const [name, series] of Object.entries({ white, red })) {
        const trend = trendOf([series], 1.96)
        if (trend && trend.low <= 0.5 && trend.high >= 0.5) covered[name as 'white']++
      }
    }
    expect(covered.white / runs).toBeGreaterThan(0.92)
    expect(covered.red / runs).toBeGreaterThan(0.85)
  })

  it('is null where there is nothing to compare', () => {
    expect(trendOf([], 1.96)).toBeNull()
    expect(trendOf([points([5])], 1.96)).toBeNull()
    expect(
      trendOf(
        [
          [
            { atMs: 1, value: 1 },
            { atMs: 1, value: 9 },
          ],
        ],
        1.96,
      ),
    ).toBeNull()
  })

  it('says nothing certain of equal figures', () => {
    expect(trendOf([points(Array.from({ length: 30 }, () => 4))], 1.96)).toMatchObject({ slope: 0, z: 0 })
  })
})
