/** The working bucket: what a full device makes of latency, and that an operator's batch window is part of it. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BudgetSettings } from '../../../../shared/budget/budget.js'
import { AROUND_ENGINE_MS, workingPointOf } from '../../../../shared/budget/working-point.js'
import { bucketProfile } from '../../../tools/budget-arbitraries.js'

const settings: BudgetSettings = {
  memoryFraction: 0.8,
  reserveFraction: 0.05,
  utilisation: 0.5,
  maxStreams: null,
  batchWindowMs: null,
  latencyTargetMs: 100,
}
const buckets = [bucketProfile(1, 4, 0), bucketProfile(4, 8, 0), bucketProfile(8, 12, 0)]
const workingPoint = (change: Partial<BudgetSettings>) =>
  workingPointOf({ buckets }, { ...settings, ...change })

describe('the working point', () => {
  it('waits for the next batch, runs, and spends what is around the engine', () => {
    expect(workingPoint({})).toMatchObject({
      bucket: 8,
      windowMs: 24,
      latencyMs: 24 + 12 + AROUND_ENGINE_MS,
      meetsTarget: true,
    })
  })

  it('waits as long as the operator lets a batch wait, and then meets no target below that', () => {
    const slow = workingPoint({ batchWindowMs: 1000 })
    expect(slow).toMatchObject({ bucket: 1, latencyMs: 1000 + 4 + AROUND_ENGINE_MS, meetsTarget: false })
  })

  it('takes a smaller bucket where the window leaves no time for the larger', () => {
    const window = { batchWindowMs: 70 }
    expect(workingPoint(window)).toMatchObject({ bucket: 4, latencyMs: 98, windowMs: 70, meetsTarget: true })
    expect(workingPoint({ batchWindowMs: 20 })).toMatchObject({ bucket: 8, latencyMs: 56 })
  })

  it('is never sooner than the window and a batch', () => {
    const window = fc.integer({ min: 0, max: 1000 })
    fc.assert(
      fc.property(window, fc.double({ min: 0.05, max: 1, noNaN: true }), (batchWindowMs, utilisation) => {
        const point = workingPoint({ batchWindowMs, utilisation })!
        expect(point.latencyMs).toBeGreaterThanOrEqual(batchWindowMs + point.msPerBatch + AROUND_ENGINE_MS)
      }),
    )
  })
})
