/** Suppression against the plain O(n²) reference. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Candidate } from '../../../../infer/model/families/family.js'
import { iouAt, suppress } from '../../../../infer/postprocess/nms.js'
import { plainIou, plainNms } from '../../../tools/plain-detector.js'

/** On a coarse grid, so that boxes often overlap, touch and coincide; scores are exact in float32. */
const candidate: fc.Arbitrary<Candidate> = fc
  .tuple(fc.nat(12), fc.nat(12), fc.nat(8), fc.nat(8), fc.nat(64), fc.nat(2))
  .map(([x, y, width, height, score, classId]) => [x, y, x + width, y + height, score / 64, classId])

const frame = fc.array(candidate, { maxLength: 60 }).map(candidates => candidates.sort((a, b) => b[4] - a[4]))

describe('suppress', () => {
  it('keeps what the reference keeps, wherever the frame lies in the batch', () => {
    fc.assert(
      fc.property(frame, fc.nat(3), fc.nat(20), fc.nat(20), (candidates, before, minScore20, maxIou20) => {
        const settings = { minScore: minScore20 / 20, maxIou: maxIou20 / 20 }
        const start = before * 6
        const values = Float32Array.from([
          ...Array<number>(start).fill(9),
          ...candidates.flat(),
          ...candidates.flat(),
        ])
        const kept = suppress(values, start, candidates.length, settings)
        const expected = plainNms(
          candidates.filter(row => row[4] >= settings.minScore),
          settings.maxIou,
        )
        expect(kept.map(at => [...values.subarray(at, at + 6)])).toEqual(
          expected.map(row => [...Float32Array.from(row)]),
        )
      }),
      { numRuns: 500 },
    )
  })

  it('leaves no two of one class that overlap more than allowed', () => {
    fc.assert(
      fc.property(frame, candidates => {
        const values = Float32Array.from(candidates.flat())
        const kept = suppress(values, 0, candidates.length, { minScore: 0, maxIou: 0.3 })
        for (const [i, a] of kept.entries()) {
          for (const b of kept.slice(i + 1)) {
            if (values[a + 5] === values[b + 5]) expect(iouAt(values, a, b)).toBeLessThanOrEqual(0.3)
          }
        }
      }),
    )
  })

  it('lets classes overlap', () => {
    const values = Float32Array.from([0, 0, 9, 9, 0.9, 0, 0, 0, 9, 9, 0.8, 1, 0, 0, 9, 9, 0.7, 0])
    expect(suppress(values, 0, 3, { minScore: 0, maxIou: 0.5 })).toEqual([0, 6])
  })

  it('does not stop at a score that is no number: it must be seen and refused', () => {
    const values = Float32Array.from([0, 0, 9, 9, Number.NaN, 0, 20, 20, 29, 29, 0.8, 1])
    expect(suppress(values, 0, 2, { minScore: 0.5, maxIou: 0.5 })).toEqual([0, 6])
  })
})

it('iouAt is the plain IoU, symmetric, and 0 for empty boxes', () => {
  fc.assert(
    fc.property(candidate, candidate, (a, b) => {
      const values = Float32Array.from([...a, ...b])
      expect(iouAt(values, 0, 6)).toBeCloseTo(plainIou(a, b), 6)
      expect(iouAt(values, 0, 6)).toBe(iouAt(values, 6, 0))
    }),
  )
})
