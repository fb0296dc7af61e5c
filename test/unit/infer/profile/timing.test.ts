/** When an engine that others use is timed: in turns of its own, when nobody waits, and not for ever. */
import { describe, expect, it } from 'vitest'
import type { Engine, EngineBatch } from '../../../../infer/engine/engine.js'
import { type BucketTime, timeBuckets, uploadRate } from '../../../../infer/profile/timing.js'
import { Turn } from '../../../../infer/turn.js'

function engineOf(turn: Turn) {
  const seen = { runs: 0, outsideTurn: 0, buckets: new Set<number>() }
  const engine = {
    run: async ({ bucket, slots }: EngineBatch, onUploaded: () => void) => {
      seen.runs++
      seen.buckets.add(bucket)
      if (turn.isFree || slots.length !== bucket) seen.outsideTurn++
      onUploaded()
      return { candidates: new Float32Array(), inferMs: bucket }
    },
  } as unknown as Engine
  return { engine, seen }
}

const known = new Map([
  [1, [200, 210]],
  [4, [600, 610, 620]],
])

describe('beside others', () => {
  it('each run has a turn alone; a bucket whose run would make frames wait is taken from its warm-up', async () => {
    const turn = new Turn()
    const { engine, seen } = engineOf(turn)
    const beside = { turn: turn.alone, isFree: () => turn.isFree, pauses: 0 }
    const times = await timeBuckets({ engine, known, slots: 2, onGpu: true, beside })
    expect(seen).toMatchObject({ runs: 8, outsideTurn: 0 })
    expect([...seen.buckets]).toEqual([1])
    expect(times.get(1)).toMatchObject({ runs: 8, p50Ms: 1, p99Ms: 1 })
    expect(times.get(4)).toEqual({ runs: 3, p50Ms: 610, p99Ms: 620, p10Ms: 600, uploadMs: null })
    expect(turn.isFree).toBe(true)
  })

  it('a device that is never free is left alone', async () => {
    const { engine, seen } = engineOf(new Turn())
    const beside = { turn: new Turn(), isFree: () => false, pauses: 0 }
    const times = await timeBuckets({
      engine,
      known: new Map([[1, [3, 5, 4]]]),
      slots: 2,
      onGpu: false,
      beside,
    })
    expect(seen.runs).toBe(0)
    expect(times.get(1)).toMatchObject({ runs: 3, p50Ms: 4 })
  })

  it('ends at once when asked to', async () => {
    const turn = new Turn()
    const { engine } = engineOf(turn)
    const closing = new AbortController()
    closing.abort(new Error('closing'))
    const beside = { turn: turn.alone, isFree: () => true, pauses: 0 }
    const request = { engine, known, slots: 2, onGpu: true, beside, signal: closing.signal }
    await expect(timeBuckets(request)).rejects.toThrow('closing')
    expect(turn.isFree).toBe(true)
  })
})

describe('the rate of uploads', () => {
  const time = (uploadMs: number | null): BucketTime => ({ runs: 9, p10Ms: 1, p50Ms: 1, p99Ms: 1, uploadMs })
  it('is of the difference between the largest bucket and the smallest', () => {
    const times = new Map([
      [1, time(1.1)],
      [8, time(1.8)],
    ])
    expect(uploadRate(times, 1e6)).toBeCloseTo(1e10)
  })
  it('is not told where it cannot be', () => {
    expect(uploadRate(new Map([[1, time(1)]]), 1e6)).toBeNull()
    expect(uploadRate(new Map([...known.keys()].map(b => [b, time(null)])), 1e6)).toBeNull()
    const shrinking = new Map([
      [1, time(2)],
      [8, time(1)],
    ])
    expect(uploadRate(shrinking, 1e6)).toBeNull()
  })
})
