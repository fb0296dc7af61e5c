/** Leaks in simulated time, with noise of measured size: named where there is one, never where there is none. */
import { describe, expect, it } from 'vitest'
import type { AllocationKind } from '../../../../shared/memory/allocation.js'
import {
  exhaustionRules,
  type Growth,
  growthOf,
  leakRules,
  msToExhaustion,
} from '../../../../shared/memory/leak.js'
import type { SeriesPoint } from '../../../../shared/memory/segments.js'
import type { Stage } from '../../../../shared/process/report.js'
import { HOUR_MS, live, MIB } from '../../../tools/memory-life.js'

const MINUTE_MS = 60_000
const LIFE_TEST_MS = 60_000

/** A figure each half minute, of `minutes` after a start long ago. */
function series(
  minutes: number,
  valueAt: (minute: number) => number,
  segmentAt = (_: number) => 1,
): SeriesPoint[] {
  return Array.from({ length: minutes * 2 }, (_, i) => {
    const jitter = ((i * 7919) % 13) / 13 - 0.5
    return { atMs: i * 30_000, value: (valueAt(i / 2) + jitter) * MIB, segment: segmentAt(i / 2) }
  })
}
const judge = (points: SeriesPoint[], rules = leakRules): Growth | null =>
  growthOf(points, (points.at(-1) as SeriesPoint).atMs, rules)

describe('growthOf', () => {
  it('finds steady growth, its rate and its level', () => {
    const growth = judge(series(60, minute => 100 + 0.5 * minute))
    expect((growth?.slope ?? 0) * HOUR_MS).toBeCloseTo(30 * MIB, -6)
    expect((growth?.level ?? 0) / MIB).toBeCloseTo(129, -1)
  })

  it('finds nothing in figures that stand still, or grow by less than is worth a word', () => {
    expect(judge(series(360, () => 100))).toBeNull()
    expect(judge(series(360, minute => 100 + minute / 60))).toBeNull()
  })

  it('finds nothing before there is half an hour of it', () => {
    expect(judge(series(30, minute => 100 + minute))).toBeNull()
    expect(judge(series(37, minute => 100 + minute))).not.toBeNull()
  })

  it.each([5, 10, 20])('takes a warm-up with a time constant of %i min for one', minutes => {
    for (let after = 36; after <= 360; after += 4)
      expect(
        judge(series(after, minute => 100 + 60 * (1 - Math.exp(-minute / minutes)))),
        `${after} min`,
      ).toBeNull()
  })

  it('takes one step, and two steps close together, for steps', () => {
    for (let at = 10; at < 110; at += 5) {
      expect(judge(series(120, minute => (minute < at ? 100 : 130)))).toBeNull()
      expect(
        judge(series(120, minute => 100 + (minute > at ? 20 : 0) + (minute > at + 8 ? 20 : 0))),
      ).toBeNull()
    }
  })

  it('does not take added streams for growth, though each hour brings some', () => {
    const added = (minute: number): number => Math.floor(minute / 45)
    expect(judge(series(360, minute => 100 + 30 * added(minute), added))).toBeNull()
  })

  it('finds a leak though streams come and go, from what grew in between', () => {
    const streams = (minute: number): number => Math.floor(minute / 25) % 2
    const segments = (minute: number): number => Math.floor(minute / 25)
    const growth = judge(series(120, minute => 100 + 30 * streams(minute) + 0.5 * minute, segments))
    expect((growth?.slope ?? 0) * HOUR_MS).toBeCloseTo(30 * MIB, -6)
  })

  it('says when memory will end, sooner than leaks are told', () => {
    const growth = judge(
      series(12, minute => 1000 + 50 * minute),
      exhaustionRules,
    )
    const minutesLeft = msToExhaustion(growth, 2500 * MIB) / MINUTE_MS // 18 after the last, 20 after the middle of the last five
    expect(minutesLeft).toBeGreaterThan(18)
    expect(minutesLeft).toBeLessThan(20.1)
    expect(msToExhaustion(null, 2500 * MIB)).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('six hours with start-up, warm-up, streams that come and go, and noise', () => {
  const streamChanges = [
    { atMs: HOUR_MS, by: 1 as const },
    { atMs: 2.5 * HOUR_MS, by: 1 as const },
    { atMs: 4 * HOUR_MS, by: -1 as const },
  ]

  it.each([11, 12, 13])(
    'raise no alarm (seed %i)',
    seed => {
      expect(live({ seed, hours: 6, streamChanges, device: seed % 2 ? 'cpu-0' : 'cuda-0' })).toEqual([])
    },
    LIFE_TEST_MS,
  )
})

describe('a leak', () => {
  const owners: [Stage, AllocationKind, string, string, string][] = [
    ['publish', 'heap', 'process', 'leak:host', 'JavaScript heap of process (publish)'],
    ['ingest', 'decoder', 'stream 1', 'leak:host', 'decoder of stream 1 (ingest)'],
    ['infer', 'arena', 'model yolov8n', 'leak:cuda-0', 'arena of model yolov8n (infer, device)'],
  ]

  it.each(owners)(
    'in %s: the %s of %s is named within the hour, once',
    (stage, kind, owner, id, name) => {
      const leak = { stage, kind, owner, bytesPerHour: 24 * MIB, fromMs: HOUR_MS }
      const told = live({ seed: 21, hours: 3, leak, device: 'cuda-0' })
      expect(told.map(alert => [alert.id, alert.state])).toEqual([[id, 'firing']])
      const [alert] = told
      expect(alert?.owners.map(each => each.owner)).toEqual([name])
      expect(alert?.meaning).toContain(name)
      expect(alert?.afterMs).toBeGreaterThan(HOUR_MS)
      expect(alert?.afterMs).toBeLessThan(2 * HOUR_MS)
      expect((alert?.value ?? 0) / MIB).toBeGreaterThan(16)
      expect((alert?.value ?? 0) / MIB).toBeLessThan(32)
    },
    LIFE_TEST_MS,
  )
})
