import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { afterOutOfMemory, napMs, nextPart, whenToLoad } from '../../../../../infer/engine/cuda/flow.js'

describe('the next part of a batch', () => {
  it.each([
    [3, 4, [1, 2, 4], { bucket: 4, frames: 3 }],
    [8, 8, [1, 2, 4], { bucket: 4, frames: 4 }],
    [3, 8, [1, 2, 4], { bucket: 4, frames: 3 }],
    [2, 8, [1, 2, 4], { bucket: 2, frames: 2 }],
    [5, 8, [1, 2, 16], { bucket: 2, frames: 2 }],
    [1, 1, [2, 4], null],
  ])('%i frames for a bucket of %i, of %j', (left, wanted, buckets, part) => {
    expect(nextPart(left, wanted, buckets)).toEqual(part)
  })

  it('runs every frame once, in no bucket that is not there, and none larger than was asked for', () => {
    const sizes = fc.uniqueArray(fc.integer({ min: 1, max: 64 }), { minLength: 1, maxLength: 7 })
    fc.assert(
      fc.property(
        sizes,
        fc.integer({ min: 1, max: 64 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (buckets, wanted, fill) => {
          let left = Math.max(1, Math.round(wanted * fill))
          if (Math.min(...buckets) > wanted) {
            expect(nextPart(left, wanted, buckets)).toBeNull()
            return
          }
          for (let part = nextPart(left, wanted, buckets); left > 0; part = nextPart(left, wanted, buckets)) {
            expect(buckets).toContain(part!.bucket)
            expect(part!.bucket).toBeLessThanOrEqual(wanted)
            expect(part!.frames).toBeGreaterThan(0)
            expect(part!.frames).toBeLessThanOrEqual(Math.min(left, part!.bucket))
            left -= part!.frames
          }
          expect(left).toBe(0)
        },
      ),
    )
  })
})

describe('a nap', () => {
  it('leads half of the way to what is expected, and lasts 0.02 to 0.2 ms', () => {
    expect(napMs(0, 0.2)).toBeCloseTo(0.1)
    expect(napMs(0, 10)).toBe(0.2)
    expect(napMs(5, 1)).toBe(0.02)
  })
})

describe('a step of loading', () => {
  it('is done where nothing is under way; what serves goes first for 0.2 s, and then lets it in', () => {
    expect(whenToLoad(0, 0)).toBe('now')
    expect(whenToLoad(2, 10)).toBe('later')
    expect(whenToLoad(2, 200)).toBe('drain')
  })
})

describe('a run without memory', () => {
  it('is tried twice', () => {
    expect(afterOutOfMemory(1)).toBe('shrink_and_retry')
    expect(afterOutOfMemory(2)).toBe('give_up_bucket')
  })
})
