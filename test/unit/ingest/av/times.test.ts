/** The cap by the camera's clock, and whose clock stamps a frame. */
import { describe, expect, it } from 'vitest'
import {
  CaptureTimes,
  MAX_SKEW_MS,
  wallMsOfReferenceTime,
} from '../../../../ingest/decoder/av/capture-times.js'
import { PtsCap } from '../../../../ingest/decoder/av/pts-cap.js'

describe('the cap by the camera’s clock', () => {
  /** As `test/integration/ingest-filters.test.ts` has it of FFmpeg's filter. */
  it.each([
    ['a steady camera', (n: number) => n / 25, 10, 200, 0.01],
    ['a cap that does not divide the rate', (n: number) => n / 25, 7, 140, 0.02],
    [
      'a camera at the very cap, with jitter',
      (n: number) => n / 25 + 0.012 * (((n * 7919) % 13) / 13 - 0.5),
      25,
      500,
      0.01,
    ],
    ['a cap above the rate', (n: number) => n / 25, 60, 500, 0],
    ['a cap below one', (n: number) => n / 25, 0.5, 10, 0.1],
    ['a clock that jumps ahead', (n: number) => n / 25 + (n > 250 ? 3600 : 0), 10, 200, 0.02],
    ['a clock that jumps back', (n: number) => n / 25 + (n < 250 ? 3600 : 0), 10, 200, 0.02],
    ['a clock that does not start at 0', (n: number) => n / 25 + 77_777.7, 5, 100, 0.02],
  ] as const)('%s', (_name, timeS, fps, expected, tolerance) => {
    const cap = new PtsCap(fps)
    const passed = Array.from({ length: 500 }, (_, n) => cap.admit(timeS(n))).filter(Boolean).length
    expect(passed).toBeGreaterThanOrEqual(expected * (1 - tolerance) - 1)
    expect(passed).toBeLessThanOrEqual(expected * (1 + tolerance) + 1)
  })

  it('passes every frame where there is none, and those without a time', () => {
    const [none, ten] = [new PtsCap(null), new PtsCap(10)]
    expect([none.admit(1), none.admit(1), ten.admit(null), ten.admit(null)]).toEqual([true, true, true, true])
  })
})

describe('capture times', () => {
  const now = 1_800_000_000_000

  it('are the camera’s where it gives credible ones, else those of arrival', () => {
    const times = new CaptureTimes()
    times.packet(1n, 10, now, null)
    times.packet(2n, 50, now + 40, now - 120)
    times.packet(3n, 90, now + 80, now + 80 + MAX_SKEW_MS + 1)
    expect(times.take(1n)).toEqual({ arrivedMonoMs: 10, capturedWallMs: now, clock: 'arrival' })
    expect(times.take(2n)).toEqual({ arrivedMonoMs: 50, capturedWallMs: now - 120, clock: 'camera' })
    expect(times.take(3n)).toEqual({ arrivedMonoMs: 90, capturedWallMs: now + 80, clock: 'arrival' })
  })

  it('find their frame though the decoder reorders, and do not gather', () => {
    const times = new CaptureTimes()
    for (const pts of [0n, 3n, 1n, 2n]) times.packet(pts, Number(pts) + 100, now, null)
    expect([0n, 1n, 2n, 3n].map(pts => times.take(pts)?.arrivedMonoMs)).toEqual([100, 101, 102, 103])
    for (let pts = 10n; pts < 10_000n; pts++) times.packet(pts, Number(pts), now, null)
    expect(times.take(10n)?.arrivedMonoMs).toBe(9999)
    expect(new CaptureTimes().take(1n)).toBeNull()
  })

  it('are read from FFmpeg’s side data, in microseconds', () => {
    const data = Buffer.alloc(16)
    data.writeBigInt64LE(1_800_000_000_123_456n, 0)
    expect(wallMsOfReferenceTime(data)).toBeCloseTo(1_800_000_000_123.456, 3)
    expect([wallMsOfReferenceTime(null), wallMsOfReferenceTime(Buffer.alloc(4))]).toEqual([null, null])
  })
})
