import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type BatchSettings,
  bestBucket,
  chooseBatch,
  type PendingFrame,
} from '../../../infer/batch/choose-batch.js'

const settings: BatchSettings = {
  windowMs: 10,
  maxAgeMs: 1000,
  supersedeMs: 250,
  runMs: new Map([
    [1, 10],
    [2, 16],
    [4, 28],
  ]),
}
const frame = (stream: string, seq: number, committedMs = 1000): PendingFrame => ({
  stream,
  seq,
  committedMs,
})
const choose = (
  pending: PendingFrame[],
  nowMs: number,
  served: [string, number][] = [],
  more: Partial<BatchSettings> = {},
) => chooseBatch(pending, nowMs, new Map(served), { ...settings, ...more })

describe('when a batch closes', () => {
  it('waits for the window of its oldest frame', () => {
    expect(choose([frame('a', 1)], 1004)).toMatchObject({ batch: [], bucket: 0, againInMs: 6 })
    expect(choose([frame('a', 1)], 1010).batch).toHaveLength(1)
  })
  it('closes at once when the largest bucket is full', () => {
    expect(
      choose(
        [1, 2, 3, 4].map(seq => frame('a', seq)),
        1000,
      ),
    ).toMatchObject({ bucket: 4, againInMs: null })
  })
  it('says nothing where nothing waits', () => {
    expect(choose([], 1000)).toEqual({ batch: [], bucket: 0, stale: [], superseded: [], againInMs: null })
  })
})

describe('which bucket', () => {
  it('is the one with the least time a frame, padding included', () => {
    expect([1, 2, 3, 4, 9].map(waiting => bestBucket(waiting, settings.runMs))).toEqual([1, 2, 2, 4, 4])
    expect(
      bestBucket(
        3,
        new Map([
          [1, 10],
          [4, 12],
        ]),
      ),
    ).toBe(4)
  })
})

describe('which frames', () => {
  it('takes streams in turn, the least recently served first', () => {
    const pending = [frame('a', 1), frame('a', 2), frame('a', 3), frame('b', 1), frame('c', 1)]
    const { batch } = choose(pending, 1010, [
      ['a', 5],
      ['b', 9],
      ['c', 7],
    ])
    expect(batch.map(({ stream, seq }) => `${stream}${seq}`)).toEqual(['a1', 'c1', 'b1', 'a2'])
  })
  it('lets a frame that waited long give way to a newer one of its stream, and keeps a lone one', () => {
    const choice = choose([frame('a', 1, 700), frame('a', 2, 990), frame('b', 1, 700)], 1000)
    expect(choice.superseded).toEqual([frame('a', 1, 700)])
    expect(choice.batch).toHaveLength(2)
  })
  it('drops what is past its age', () => {
    expect(choose([frame('a', 1, 0)], 1001)).toMatchObject({
      batch: [],
      stale: [frame('a', 1, 0)],
      againInMs: null,
    })
  })
})

describe('for any frames that wait', () => {
  const anyFrame = fc.record({
    stream: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    seq: fc.nat(1000),
    committedMs: fc.integer({ min: 0, max: 2000 }),
  })
  const pendingOf = fc.uniqueArray(anyFrame, {
    selector: ({ stream, seq }) => `${stream}${seq}`,
    maxLength: 40,
  })
  const servedOf = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.nat(2000))

  it('each frame has at most one fate, the bucket holds the batch, and each stream stays in order', () => {
    fc.assert(
      fc.property(pendingOf, servedOf, fc.integer({ min: 0, max: 50 }), (pending, served, windowMs) => {
        const choice = choose(pending, 2000, Object.entries(served), { windowMs })
        const fated = [...choice.batch, ...choice.stale, ...choice.superseded]
        expect(new Set(fated).size).toBe(fated.length)
        expect(choice.batch.length).toBeLessThanOrEqual(choice.bucket)
        for (const stream of 'abcde') {
          const seqs = choice.batch.filter(taken => taken.stream === stream).map(taken => taken.seq)
          expect(seqs).toEqual([...seqs].sort((x, y) => x - y))
          const left = pending
            .filter(kept => kept.stream === stream && !fated.includes(kept))
            .map(kept => kept.seq)
          if (seqs.length > 0 && left.length > 0) expect(Math.max(...seqs)).toBeLessThan(Math.min(...left))
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('no stream gets a second frame while another that waits has none', () => {
    fc.assert(
      fc.property(pendingOf, servedOf, (pending, served) => {
        const { batch, stale, superseded } = choose(pending, 2000, Object.entries(served), { windowMs: 0 })
        const waiting = new Set(
          pending.filter(p => !stale.includes(p) && !superseded.includes(p)).map(p => p.stream),
        )
        const counts = [...waiting].map(stream => batch.filter(taken => taken.stream === stream).length)
        if (counts.includes(0)) expect(Math.max(0, ...counts)).toBeLessThanOrEqual(1)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('over time', () => {
  it('a 60 fps camera does not starve a 5 fps one on an engine that does 20 frames a second', () => {
    const inferred = simulate({ fast: 60, slow: 5 }, 50, 10_000)
    expect(inferred.get('slow')).toBeGreaterThanOrEqual(49)
    expect((inferred.get('fast') ?? 0) + (inferred.get('slow') ?? 0)).toBeGreaterThanOrEqual(195)
  })
})

/** Cameras of given rates, an engine of bucket 1 that takes `runMs`; simulated time. @returns stream → frames inferred. */
function simulate(fps: Record<string, number>, runMs: number, durationMs: number): Map<string, number> {
  const inferred = new Map<string, number>()
  const served = new Map<string, number>()
  let pending: PendingFrame[] = []
  let busyUntilMs = 0
  for (let nowMs = 0; nowMs < durationMs; nowMs++) {
    for (const [stream, rate] of Object.entries(fps)) {
      const intervalMs = Math.round(1000 / rate)
      if (nowMs % intervalMs === 0) pending.push(frame(stream, nowMs / intervalMs, nowMs))
    }
    if (nowMs < busyUntilMs) continue
    const choice = chooseBatch(pending, nowMs, served, {
      windowMs: 0,
      maxAgeMs: 1000,
      supersedeMs: 250,
      runMs: new Map([[1, runMs]]),
    })
    pending = pending.filter(kept => ![...choice.batch, ...choice.stale, ...choice.superseded].includes(kept))
    for (const { stream } of choice.batch) {
      inferred.set(stream, (inferred.get(stream) ?? 0) + 1)
      served.set(stream, nowMs)
      busyUntilMs = nowMs + runMs
    }
  }
  return inferred
}
