/** Gaps between batches: each moment of them has one reason, by table and by property. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addGaps, type BatchMoments, divideGap, GapMeter, noGaps } from '../../../infer/gap-meter.js'
import { gapReasons } from '../../../shared/process/report.js'

const gap = { fromMs: 100, toMs: 200 }
const never = { fromMs: 0, toMs: 0 }
const moments = (
  committedMs: number,
  acceptedMs: number,
  askedMs: number,
  grantedMs: number,
): BatchMoments => ({
  committedMs,
  acceptedMs,
  askedMs,
  grantedMs,
})

describe('divideGap', () => {
  it.each([
    ['no camera sent anything', moments(199, 199, 199, 199), never, { no_frames: 99, upload: 1 }],
    [
      'the frame lay there, its ref did not come',
      moments(90, 190, 190, 190),
      never,
      { redis: 90, upload: 10 },
    ],
    ['the batch waited for company', moments(90, 100, 180, 180), never, { window: 80, upload: 20 }],
    ['another model ran', moments(90, 95, 98, 190), never, { turn: 90, upload: 10 }],
    ['pixels took their time', moments(90, 95, 98, 99), never, { upload: 100 }],
    [
      'all of it, one after the other',
      moments(120, 130, 150, 190),
      never,
      { no_frames: 20, redis: 10, window: 20, turn: 40, upload: 10 },
    ],
    [
      'results were interpreted while a ref waited to be read',
      moments(100, 170, 170, 170),
      { fromMs: 100, toMs: 160 },
      { postprocess: 60, redis: 10, upload: 30 },
    ],
    [
      'results were interpreted while there was nothing to run: no loss',
      moments(190, 191, 191, 191),
      { fromMs: 100, toMs: 160 },
      { no_frames: 90, redis: 1, upload: 9 },
    ],
    [
      'results were interpreted while the next batch uploaded: another thread does that',
      moments(90, 90, 90, 100),
      { fromMs: 100, toMs: 160 },
      { upload: 100 },
    ],
    ['stamps beyond the gap count to its end', moments(250, 260, 270, 280), never, { no_frames: 100 }],
  ])('%s', (_, at, interpreting, parts) => {
    const none = Object.fromEntries(gapReasons.map(reason => [reason, 0]))
    expect(divideGap(gap, at, interpreting)).toEqual({ ...none, ...parts })
  })

  it('divides every gap without a rest, whatever the stamps', () => {
    const stamp = fc.integer({ min: 0, max: 300 })
    const stamps = fc.tuple(stamp, stamp, stamp, stamp, stamp, stamp, stamp, stamp)
    fc.assert(
      fc.property(stamps, ([a, b, c, d, e, f, g, h]) => {
        const whole = { fromMs: Math.min(a, b), toMs: Math.max(a, b) }
        const interpreting = { fromMs: Math.min(c, d), toMs: Math.max(c, d) }
        const parts = Object.values(divideGap(whole, moments(e, f, g, h), interpreting))
        expect(parts.every(ms => ms >= 0)).toBe(true)
        expect(parts.reduce((sum, ms) => sum + ms, 0)).toBe(whole.toMs - whole.fromMs)
      }),
    )
  })
})

describe('GapMeter', () => {
  const at = (ms: number) => moments(ms, ms, ms, ms)

  it('counts no gap before the first batch, and none of up to 5 ms', () => {
    const meter = new GapMeter()
    meter.ended(at(990), { fromMs: 1000, toMs: 1010 })
    meter.ended(at(1011), { fromMs: 1015, toMs: 1025 })
    meter.ended(at(1015), { fromMs: 1020, toMs: 1040 }) // began while the one before still ran
    expect(meter.totals).toEqual(noGaps())
  })

  it('counts a gap for its largest part, and the time of each part', () => {
    const meter = new GapMeter()
    meter.ended(at(0), { fromMs: 0, toMs: 10 })
    meter.interpreted({ fromMs: 11, toMs: 13 })
    meter.ended(moments(40, 42, 42, 42), { fromMs: 50, toMs: 60 })
    meter.ended(moments(55, 55, 55, 80), { fromMs: 82, toMs: 90 })
    expect(meter.totals).toEqual({
      ...noGaps(),
      no_frames: { gaps: 1, ms: 30 },
      redis: { gaps: 0, ms: 2 },
      upload: { gaps: 0, ms: 10 },
      turn: { gaps: 1, ms: 20 },
    })
  })

  it('sums the gaps of models', () => {
    const one = { ...noGaps(), turn: { gaps: 2, ms: 30 } }
    const two = { ...noGaps(), turn: { gaps: 1, ms: 12 }, upload: { gaps: 1, ms: 9 } }
    expect(addGaps(one, two)).toEqual({ ...noGaps(), turn: { gaps: 3, ms: 42 }, upload: { gaps: 1, ms: 9 } })
  })
})
