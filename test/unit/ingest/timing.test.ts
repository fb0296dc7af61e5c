import { setMaxListeners } from 'node:events'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RateLimit } from '../../../ingest/decoder/rate-limit.js'
import { StartPacer } from '../../../ingest/pacer.js'
import { backoffBoundMs, backoffMs } from '../../../ingest/session/backoff.js'
import { FrameRate } from '../../../ingest/session/frame-rate.js'
import { KeyframeTrial } from '../../../ingest/session/keyframe-trial.js'
import { stallMs, Watchdog } from '../../../ingest/session/watchdog.js'
import { sleep } from '../../../shared/clock.js'

describe('back-off', () => {
  const settings = { backoffBaseMs: 500, backoffCapMs: 8000 }
  it('doubles its bound to the cap', () => {
    const bounds = [1, 2, 3, 4, 5, 6, 100, 10_000].map(failures => backoffBoundMs(failures, settings))
    expect(bounds).toEqual([500, 1000, 2000, 4000, 8000, 8000, 8000, 8000])
  })
  it('takes any delay up to the bound', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (failures, random) => {
          const delay = backoffMs(failures, settings, random)
          expect(delay).toBeGreaterThanOrEqual(0)
          expect(delay).toBeLessThan(backoffBoundMs(failures, settings))
        },
      ),
    )
    expect(backoffMs(5, settings, 0)).toBe(0)
    expect(backoffMs(5, settings, 0.999999)).toBe(7999)
  })
})

describe('the watchdog', () => {
  const settings = { connectTimeoutMs: 60, firstFrameTimeoutMs: 120, stallTimeoutMs: 80 }
  it('waits for the answer, then the first frame, then each next', async () => {
    const codes: string[] = []
    const silent = new Watchdog(settings, code => codes.push(`silent ${code}`))
    const mute = new Watchdog(settings, code => codes.push(`mute ${code}`))
    mute.described()
    const stalled = new Watchdog(settings, code => codes.push(`stalled ${code}`))
    stalled.described()
    for (let i = 0; i < 10; i++) {
      stalled.frame(10)
      await sleep(20)
    }
    expect(codes).toEqual(['silent no_answer', 'mute no_frames'])
    await sleep(110)
    expect(codes.at(-1)).toBe('stalled frame_gap')
    for (const each of [silent, mute, stalled]) each.close()
  })
  it('gives a slow camera three of its own intervals', () => {
    expect(stallMs(settings, 10)).toBe(80)
    expect(stallMs(settings, 1000)).toBe(3000)
  })
  it('closed, says nothing', async () => {
    const codes: string[] = []
    const watchdog = new Watchdog(settings, code => codes.push(code))
    watchdog.close()
    await sleep(100)
    expect(codes).toEqual([])
  })
})

describe('the frame rate', () => {
  it('is that of the last seconds, for any steady rate', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 120 }), fc.integer({ min: 6, max: 60 }), (fps, seconds) => {
        const rate = new FrameRate()
        for (let i = 0; i < fps * seconds; i++) rate.add(1_000_000 + (i * 1000) / fps)
        expect(rate.fps(1_000_000 + seconds * 1000)).toBeGreaterThan(fps * 0.95 - 0.5)
        expect(rate.fps(1_000_000 + seconds * 1000)).toBeLessThan(fps * 1.05 + 0.5)
        expect(rate.fps(1_000_000 + (seconds + 6) * 1000)).toBe(0)
      }),
    )
  })
  it('is 0 before the first frame, and sound within the first second', () => {
    const rate = new FrameRate()
    expect(rate.fps(5000)).toBe(0)
    rate.add(5000)
    rate.add(5040)
    expect(rate.fps(5050)).toBe(1)
  })
  it('never shows more than a steady camera sends, however early it is asked', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 120 }),
        fc.integer({ min: 0, max: 999 }),
        fc.integer({ min: 1, max: 7000 }),
        (fps, startMs, afterMs) => {
          const rate = new FrameRate()
          for (let i = 0; (i * 1000) / fps <= afterMs; i++) rate.add(1_000_000 + startMs + (i * 1000) / fps)
          // Of a window of at least 4 s either end may cut off part of an interval.
          expect(rate.fps(1_000_000 + startMs + afterMs)).toBeLessThanOrEqual(fps + 0.25)
        },
      ),
    )
  })
})

describe('the cap in wall time', () => {
  it('never lets more than a second’s worth beyond the rate pass', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 50, maxLength: 400 }),
        (fps, gaps) => {
          const limit = new RateLimit(fps)
          let now = 0
          let passed = 0
          for (const gap of gaps) {
            now += gap
            if (limit.admit(now)) passed++
          }
          expect(passed).toBeLessThanOrEqual((now / 1000 + 1) * fps + 2)
        },
      ),
    )
  })
  it('passes a camera that keeps the rate, late and early frames included', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -90, max: 90 }), { minLength: 10, maxLength: 200 }), jitters => {
        const limit = new RateLimit(10)
        expect(jitters.every((jitter, i) => limit.admit(10_000 + i * 100 + jitter))).toBe(true)
      }),
    )
  })
  it('is none where there is no cap', () => {
    const limit = new RateLimit(null)
    expect(Array.from({ length: 1000 }, () => limit.admit(1)).every(Boolean)).toBe(true)
  })
})

describe('key frames', () => {
  it.each([
    [1, 1000, 'enough'],
    [1, 1050, 'enough'],
    [1, 2000, 'too_rare'],
    [0.5, 2000, 'enough'],
    [0.2, 4000, 'enough'],
  ] as const)('for a cap of %d, one each %d ms: %s', (maxFps, intervalMs, verdict) => {
    const trial = new KeyframeTrial(maxFps)
    const verdicts = Array.from({ length: 5 }, (_, i) => trial.frame(i * intervalMs))
    expect(verdicts).toEqual(['undecided', 'undecided', 'undecided', 'undecided', verdict])
    if (verdict === 'enough') expect(trial.frame(1e9)).toBe('enough')
  })
})

describe('the pacer', () => {
  it('lets decoders start in turn, and waits for none that gave up', async () => {
    const pacer = new StartPacer(50)
    const stop = new AbortController()
    const at = performance.now()
    const turns = Array.from({ length: 10 }, () => pacer.turn(stop.signal).then(() => performance.now() - at))
    const times = await Promise.all(turns)
    expect(times).toEqual([...times].sort((a, b) => a - b))
    expect(times.at(-1)).toBeGreaterThan(170)
    setMaxListeners(0, stop.signal)
    const late = Array.from({ length: 500 }, () => pacer.turn(stop.signal))
    stop.abort()
    await Promise.all(late)
    expect(performance.now() - at).toBeLessThan(1000)
  })
})
