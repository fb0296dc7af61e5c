/** Ranges of values counted in bounded memory: whatever their size and order. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Histogram } from '../../../../../infer/model/quantize/histogram.js'

const value = fc.oneof(
  fc.float({ min: Math.fround(-1e6), max: Math.fround(1e6), noNaN: true }),
  fc.float({ min: -1, max: 1, noNaN: true }),
)
const values = fc.array(value, { minLength: 1, maxLength: 200 })

function histogramOf(parts: readonly (readonly number[])[]): Histogram {
  const histogram = new Histogram()
  for (const part of parts) histogram.add(Float32Array.from(part))
  return histogram
}

describe('Histogram', () => {
  it('counts every value once, in a bin that holds it', () => {
    fc.assert(
      fc.property(fc.array(values, { maxLength: 4 }), parts => {
        const histogram = histogramOf(parts)
        const all = parts.flat()
        expect(histogram.total).toBe(all.length)
        for (const { from, count } of histogram.bins()) {
          const inside = all.filter(each => each >= from && each < from + histogram.width)
          expect(inside.length).toBe(count)
        }
      }),
    )
  })

  it('does not depend on the order or grouping of the values', () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 0, max: 200 }), (all, at) => {
        const whole = histogramOf([all])
        const turned = histogramOf([all.slice(at), all.slice(0, at)])
        expect(turned.bins()).toEqual(whole.bins())
        expect(turned.range(99)).toEqual(whole.range(99))
      }),
    )
  })

  it('at 100 % holds all values, exactly', () => {
    fc.assert(
      fc.property(values, all => {
        expect(histogramOf([all]).range(100)).toEqual([Math.min(...all) + 0, Math.max(...all) + 0])
      }),
    )
  })

  it('leaves out at most its share at each end, and less than a bin more than it must', () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 51, max: 100 }), (all, percentile) => {
        const histogram = histogramOf([all])
        const [low, high] = histogram.range(percentile)
        const share = (all.length * (100 - percentile)) / 100
        expect(all.filter(each => each < low).length).toBeLessThanOrEqual(share)
        expect(all.filter(each => each > high).length).toBeLessThanOrEqual(share)
        expect(all.filter(each => each <= low + histogram.width).length).toBeGreaterThanOrEqual(share)
      }),
    )
  })

  it('forgets one far value of a thousand at 99 %, and keeps it at 100 %', () => {
    const all = [...Array.from({ length: 999 }, (_, i) => i / 999), 500]
    const histogram = histogramOf([all])
    expect(histogram.range(99)[1]).toBeLessThan(1.5)
    expect(histogram.range(100)[1]).toBe(500)
  })
})
