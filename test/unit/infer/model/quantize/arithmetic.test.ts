/** Scales, zero points, weights and biases against what the ONNX operators do with them. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  quantisationOf,
  quantiseBias,
  quantiseWeights,
} from '../../../../../infer/model/quantize/arithmetic.js'

const value = fc.float({ min: -1000, max: 1000, noNaN: true })
/** As `QuantizeLinear` and `DequantizeLinear` are defined. */
const roundTrip = (x: number, { scale, zeroPoint }: { scale: number; zeroPoint: number }): number =>
  (Math.min(255, Math.max(0, Math.round(x / scale) + zeroPoint)) - zeroPoint) * scale

describe('quantisation of an activation', () => {
  it('has zero exactly, and every value of its range within a step', () => {
    fc.assert(
      fc.property(value, value, fc.double({ min: 0, max: 1, noNaN: true }), (a, b, at) => {
        const range = [Math.min(a, b), Math.max(a, b)] as const
        const quantisation = quantisationOf(range)
        expect(quantisation.zeroPoint).toBeGreaterThanOrEqual(0)
        expect(quantisation.zeroPoint).toBeLessThanOrEqual(255)
        expect(roundTrip(0, quantisation)).toBe(0)
        const x = range[0] + at * (range[1] - range[0])
        expect(Math.abs(roundTrip(x, quantisation) - x)).toBeLessThanOrEqual(quantisation.scale * 1.001)
      }),
    )
  })

  it('of 0 … 1 is that of a sigmoid', () => {
    expect(quantisationOf([0, 1])).toEqual({ scale: Math.fround(1 / 255), zeroPoint: 0 })
  })

  it('of nothing but zero divides by nothing', () => {
    expect(quantisationOf([0, 0])).toEqual({ scale: 1, zeroPoint: 0 })
  })
})

describe('quantisation of weights', () => {
  it('gives each channel its own scale and each weight within half a step', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(value, { minLength: 3, maxLength: 3 }), { minLength: 1, maxLength: 5 }),
        rows => {
          const { data, scales } = quantiseWeights(rows.flat(), rows.length, null, 1)
          rows.forEach((row, channel) => {
            const largest = Math.max(...row.map(Math.abs))
            if (largest > 1e-20) expect(scales[channel]! * 127).toBeCloseTo(largest, 2)
            row.forEach((weight, i) => {
              const back = data[channel * 3 + i]! * scales[channel]!
              expect(Math.abs(back - weight)).toBeLessThanOrEqual(scales[channel]! * 0.5001)
            })
          })
        },
      ),
    )
  })

  it('is symmetric: −128 is never used', () => {
    expect([...quantiseWeights([-1, 1, -0.4], 1, null, 1).data]).toEqual([-127, 127, -51])
  })

  it('takes a coarser scale where the bias would not fit into an int32', () => {
    const { scales } = quantiseWeights([1e-12, 5], 2, [1000, 1000], 0.01)
    const biases = quantiseBias([1000, 1000], 0.01, scales)
    biases.forEach((bias, i) => {
      expect(bias * 0.01 * scales[i]!).toBeCloseTo(1000, 1)
      expect(Math.abs(bias)).toBeLessThanOrEqual(2 ** 30)
    })
    expect(scales[1]! * 127).toBeCloseTo(5, 5)
  })
})

describe('quantisation of a bias', () => {
  it('is in steps of the products that it is added to', () => {
    expect([...quantiseBias([1, -0.3, 0], 0.5, Float32Array.of(0.25, 0.1, 1))]).toEqual([8, -6, 0])
  })
})
