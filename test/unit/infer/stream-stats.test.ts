/** Rates and latencies of a stream: what a window of its last frames says. */
import { describe, expect, it } from 'vitest'
import { StreamStats } from '../../../infer/stream-stats.js'

function statsAfter(frames: number, everyMs: number, lagOf: (i: number) => number): StreamStats {
  const stats = new StreamStats()
  for (let i = 0; i < frames; i++) stats.add(10_000 + i * everyMs, lagOf(i), 0)
  return stats
}

describe('StreamStats', () => {
  it('knows nothing of latency before the first frame', () => {
    expect(new StreamStats().summary(1000)).toEqual({ fps: 0, lagP50Ms: null, lagP99Ms: null })
  })

  it('counts the frames of the last five seconds, and gives their quantiles', () => {
    const stats = statsAfter(200, 40, i => (i * 7) % 200)
    const nowMs = 10_000 + 199 * 40
    const recent = Array.from({ length: 200 }, (_, i) => ({ at: 10_000 + i * 40, lag: (i * 7) % 200 }))
      .filter(({ at }) => nowMs - at <= 5000)
      .map(({ lag }) => lag)
      .sort((a, b) => a - b)
    expect(stats.summary(nowMs)).toEqual({
      fps: recent.length / 5,
      lagP50Ms: recent[Math.floor(recent.length / 2)],
      lagP99Ms: recent[Math.floor(recent.length * 0.99)],
    })
  })

  it('tells the rate of a stream whose last frames reach back less than the window', () => {
    const stats = statsAfter(1000, 5, () => 3)
    expect(stats.summary(10_000 + 999 * 5).fps).toBeCloseTo(200, -1)
  })

  it('sums up one stream after the other without mixing them', () => {
    const slow = statsAfter(100, 40, () => 90)
    const quick = statsAfter(3, 40, () => 1)
    expect(slow.summary(14_000).lagP99Ms).toBe(90)
    expect(quick.summary(10_100)).toMatchObject({ lagP50Ms: 1, lagP99Ms: 1 })
  })
})
