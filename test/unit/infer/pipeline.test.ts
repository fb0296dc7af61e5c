/** The pipeline with one batch and with two under way: order, outcomes, fairness, failure. Over real slabs, with an engine turned by hand. */
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { BatchWindow } from '../../../infer/batch/window.js'
import { Pipeline } from '../../../infer/pipeline.js'
import { Turn } from '../../../infer/turn.js'
import { monotonicMs, sleep } from '../../../shared/clock.js'
import { RingsideError } from '../../../shared/errors.js'
import type { FrameRef } from '../../../shared/frame/frame-ref.js'
import { createLog } from '../../../shared/log.js'
import { SlabReader } from '../../../shared/slab/lease.js'
import { RingWriter } from '../../../shared/slab/ring-writer.js'
import { CrankedEngine, settled, VALUES } from '../../tools/cranked-engine.js'
import { createTempSlab, stampOf } from '../../tools/temp-slab.js'

const RING = 4
const log = createLog({ level: 'silent', name: 'test' })
const failure = new RingsideError('engine_failed', 'It failed.')

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

interface Delivered {
  stream: string
  seq: number
  /** What the engine saw. */
  values: number[]
}

interface BenchOptions {
  streams: number
  maxInFlight: number
  buckets?: number[]
  turn?: Turn
}

/** One model with its slab, its streams and its engine. */
function bench({ streams, maxInFlight, buckets = [1, 2, 4], turn = new Turn(maxInFlight) }: BenchOptions) {
  const temp = createTempSlab({ slotCount: streams * RING, rowCount: streams, widthPx: 32, heightPx: 32 })
  closers.push(() => temp.close())
  const { slab } = temp
  const rings = Array.from({ length: streams }, (_, row) => ({
    row,
    slots: Array.from({ length: RING }, (_, i) => row * RING + i),
  }))
  const writers = rings.map((ring, i) => new RingWriter(slab, ring, { id: `s${i}`, incarnation: 1 }, 60_000))
  const reader = new SlabReader(slab, 60_000)
  const engine = new CrankedEngine(slab)
  const delivered: Delivered[] = []
  const failures: unknown[] = []
  const seqs = writers.map(() => 0)
  const pipeline = new Pipeline({
    reader,
    engine,
    maxInFlight,
    turn,
    settings: {
      maxAgeMs: 1e6,
      supersedeMs: 1e6,
      runMs: new Map(buckets.map(bucket => [bucket, bucket + 1])),
    },
    window: new BatchWindow({ leastMs: 0, mostMs: 0 }),
    sink: {
      leased: () => true,
      inferred: ({ frame, candidates, index }) => {
        const values = [...candidates.subarray(index * VALUES, (index + 1) * VALUES)]
        delivered.push({ stream: frame.stream, seq: frame.seq, values })
        return 'inferred'
      },
    },
    log,
    onEngineFailure: error => failures.push(error),
  })
  /** Nothing where the engine holds the whole ring. */
  const commit = (stream: number): FrameRef[] => {
    const seq = seqs[stream]!++
    const slot = writers[stream]!.acquire()
    if (slot === null) return []
    slab.pixels(slot).set([stream, seq & 255, seq >> 8, 7])
    return [writers[stream]!.commit(slot, stampOf(seq))]
  }
  const balances = () => writers.map(({ ledger }) => ledger.balance())
  return { pipeline, engine, turn, delivered, failures, commit, balances }
}

const action = (streams: number) =>
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('frame' as const), which: fc.nat(streams - 1) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('upload' as const), which: fc.nat(1) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('end' as const), which: fc.nat(1) }) },
  )

describe.each([1, 2])('a pipeline with %i in flight', maxInFlight => {
  it('delivers each stream in order, each frame as the engine saw it, and every frame has one outcome', async () => {
    const streams = 3
    await fc.assert(
      fc.asyncProperty(fc.array(action(streams), { maxLength: 80 }), async actions => {
        const { pipeline, engine, delivered, commit, balances } = bench({ streams, maxInFlight })
        for (const { kind, which } of actions) {
          if (kind === 'frame') pipeline.accept(commit(which))
          else if (kind === 'upload') engine.upload(which)
          else await engine.end(which)
          expect(engine.underWay.length).toBeLessThanOrEqual(maxInFlight)
          for (const { residual } of balances()) expect(residual).toBe(0)
        }
        while (engine.underWay.length > 0) await engine.end(0)
        await settled()
        const newest = new Map<string, number>()
        for (const { stream, seq, values } of delivered) {
          expect(seq).toBeGreaterThan(newest.get(stream) ?? -1)
          newest.set(stream, seq)
          expect(values).toEqual([Number(stream.slice(1)), seq & 255, seq >> 8, 7])
        }
        const all = balances()
        expect(all.reduce((sum, { inferred }) => sum + inferred, 0)).toBe(delivered.length)
        for (const balance of all) expect(balance).toMatchObject({ inFlight: 0, residual: 0 })
        expect(pipeline.stats.framesInferred).toBe(delivered.length)
        await pipeline.close()
        closers.pop()!()
      }),
      { numRuns: 150 },
    )
  })

  it('delivers nothing after a failure, and loses what was in the engine, counted', async () => {
    const streams = 2
    await fc.assert(
      fc.asyncProperty(
        fc.array(action(streams), { maxLength: 30 }),
        fc.nat(1),
        fc.boolean(),
        async (actions, which, otherEndsWell) => {
          const { pipeline, engine, delivered, failures, commit, balances } = bench({ streams, maxInFlight })
          for (const { kind, which: at } of actions) {
            if (kind === 'frame') pipeline.accept(commit(at))
            else if (kind === 'upload') engine.upload(at)
            else await engine.end(at)
          }
          if (engine.underWay.length === 0) pipeline.accept(commit(0))
          for (const i of engine.underWay.keys()) engine.upload(i)
          const before = delivered.length
          const runs = engine.runs
          await engine.fail(Math.min(which, engine.underWay.length - 1), failure)
          expect(failures).toEqual([failure])
          if (otherEndsWell) await engine.end(0)
          else if (engine.underWay.length > 0) await engine.fail(0, failure)
          pipeline.accept([0, 1].flatMap(commit))
          await settled()
          expect(delivered).toHaveLength(before)
          expect(engine.runs).toBe(runs)
          for (const { residual } of balances()) expect(residual).toBe(0)
          expect(balances().reduce((sum, { drops }) => sum + drops.engine_error, 0)).toBeGreaterThan(0)
          await pipeline.close()
          closers.pop()!()
        },
      ),
      { numRuns: 100 },
    )
  })

  it('has as many batches under way as the engine takes, and no more', async () => {
    const { pipeline, engine, commit } = bench({ streams: 4, maxInFlight, buckets: [1] })
    pipeline.accept([0, 1, 2, 3].flatMap(commit))
    expect(engine.underWay).toHaveLength(maxInFlight)
    await engine.end(0)
    expect(engine.underWay).toHaveLength(maxInFlight)
  })

  it('serves streams in turn: none twice while another waits', async () => {
    const streams = 5
    const { pipeline, engine, delivered, commit } = bench({ streams, maxInFlight, buckets: [1] })
    for (let round = 0; round < 3; round++) pipeline.accept([0, 1, 2, 3, 4].flatMap(commit))
    while (engine.underWay.length > 0) await engine.end(0)
    const order = delivered.map(({ stream }) => stream)
    for (let round = 0; round < 3; round++)
      expect(new Set(order.slice(round * streams, (round + 1) * streams)).size).toBe(streams)
  })

  it('closes when every batch under way has ended, and delivers them', async () => {
    const { pipeline, engine, delivered, commit, balances } = bench({ streams: 3, maxInFlight, buckets: [1] })
    pipeline.accept([0, 1, 2].flatMap(commit))
    let closed = false
    const closing = pipeline.close().then(() => {
      closed = true
    })
    for (let left = maxInFlight; left > 0; left--) {
      await settled()
      expect(closed).toBe(false)
      await engine.end(0)
    }
    await closing
    expect(engine.underWay).toHaveLength(0)
    expect(delivered).toHaveLength(maxInFlight)
    expect(balances().reduce((sum, { inFlight }) => sum + inFlight, 0)).toBe(3 - maxInFlight)
  })

  it('is busy while any batch is under way, and two at once count once', async () => {
    const { pipeline, engine, commit } = bench({ streams: 2, maxInFlight, buckets: [1] })
    const startedMs = monotonicMs()
    pipeline.accept([0, 1].flatMap(commit))
    await sleep(40)
    while (engine.underWay.length > 0) await engine.end(0)
    const tookMs = monotonicMs() - startedMs
    const { busyMs } = pipeline.stats
    expect(busyMs).toBeGreaterThan(39)
    expect(busyMs).toBeLessThanOrEqual(tookMs)
    await sleep(20)
    expect(pipeline.stats.busyMs).toBe(busyMs)
  })
})

describe('two pipelines of a device that takes two batches', () => {
  it('have no more than two under way together, and take turns while both have frames', async () => {
    const turn = new Turn(2)
    const [a, b] = [1, 2].map(() => bench({ streams: 4, maxInFlight: 2, buckets: [1], turn })) as [
      ReturnType<typeof bench>,
      ReturnType<typeof bench>,
    ]
    const began: string[] = []
    const runs = { a: 0, b: 0 }
    const note = (): void => {
      for (; runs.a < a.engine.runs; runs.a++) began.push('a')
      for (; runs.b < b.engine.runs; runs.b++) began.push('b')
    }
    a.pipeline.accept([0, 1, 2, 3].flatMap(a.commit))
    b.pipeline.accept([0, 1, 2, 3].flatMap(b.commit))
    note()
    for (let step = 0; a.engine.underWay.length + b.engine.underWay.length > 0; step++) {
      const underWay = a.engine.underWay.length + b.engine.underWay.length
      expect(underWay).toBeLessThanOrEqual(2)
      const { engine } =
        a.engine.underWay.length > 0 && (step % 2 === 0 || b.engine.underWay.length === 0) ? a : b
      await engine.end(0)
      note()
    }
    expect([a.delivered.length, b.delivered.length]).toEqual([4, 4])
    // Until one has none left, neither is served three times in a row.
    const whileBoth = began.slice(0, 7).join('')
    expect(whileBoth).not.toMatch(/aaa|bbb/)
  })
})

describe('results', () => {
  it('that come in another order leave in the order of their batches', async () => {
    const { pipeline, engine, delivered, commit } = bench({ streams: 1, maxInFlight: 2, buckets: [1] })
    pipeline.accept(commit(0))
    pipeline.accept(commit(0))
    await engine.end(1)
    expect(delivered).toEqual([])
    // Its place is not given away: what waits behind a slow batch stays bounded.
    pipeline.accept(commit(0))
    expect(engine.runs).toBe(2)
    await engine.end(0)
    expect(delivered.map(({ seq }) => seq)).toEqual([0, 1])
    expect(engine.runs).toBe(3)
  })
})
