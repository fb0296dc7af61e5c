/** How far off a profile is from what runs, and where there is nothing to compare. */
import { describe, expect, it } from 'vitest'
import { predictionErrorOf } from '../../../../shared/budget/prediction-error.js'
import { parseResolution } from '../../../../shared/budget/resolution.js'
import { bucketProfile, profileOf } from '../../../tools/budget-arbitraries.js'
import { hostedModel } from '../../../tools/model-reports.js'

const MIB = 2 ** 20
const profile = profileOf('a', [bucketProfile(1, 5, 100 * MIB), bucketProfile(4, 8, 300 * MIB, 20 * MIB)])

describe('the error of a prediction', () => {
  it('compares what each bucket keeps, and the largest on top, with what the load took', () => {
    const { memoryBytes } = predictionErrorOf(profile, hostedModel('a', { tookBytes: 400 * MIB }))
    expect(memoryBytes).toEqual({ predicted: 420 * MIB, measured: 400 * MIB, error: 0.05 })
  })

  it('compares the time of the batches that ran, each by its own bucket', () => {
    const bucketRuns = [
      { bucket: 1, batches: 100 },
      { bucket: 4, batches: 50 },
    ]
    const { engineMs } = predictionErrorOf(profile, hostedModel('a', { bucketRuns, busyMs: 1000 }))
    expect(engineMs).toEqual({ predicted: 900, measured: 1000, error: -0.1 })
  })

  it('is null where nothing ran, nothing is loaded, or a bucket ran that was never measured', () => {
    const nothing = predictionErrorOf(
      profile,
      hostedModel('a', { bucketRuns: [], busyMs: 0, tookBytes: null }),
    )
    expect(nothing).toEqual({ device: profile.device.id, model: 'a', memoryBytes: null, engineMs: null })
    const other = hostedModel('a', { bucketRuns: [{ bucket: 2, batches: 1 }], busyMs: 10 })
    expect(predictionErrorOf(profile, other).engineMs).toBeNull()
  })
})

describe('a resolution', () => {
  it('is a name or a size, and refused by name otherwise', () => {
    expect(parseResolution('1080p')).toEqual({ widthPx: 1920, heightPx: 1080 })
    expect(parseResolution(' 4K ')).toEqual({ widthPx: 3840, heightPx: 2160 })
    expect(parseResolution('1280x720')).toEqual({ widthPx: 1280, heightPx: 720 })
    for (const wrong of ['', 'constructor', '0x10', '99999x10', '10x', 'p1080'])
      expect(() => parseResolution(wrong)).toThrow(`${wrong} is no resolution`)
  })
})
