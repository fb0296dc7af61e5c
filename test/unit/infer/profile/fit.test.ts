/** From loads to a line, a table and a median: what is known is found again, and what cannot be told is not told. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BucketLoad, LoadMemory } from '../../../../infer/engine/load-memory.js'
import { fitMemory, fittedBytes } from '../../../../infer/profile/fit.js'
import { medianLoad, quantile } from '../../../../infer/profile/rounds.js'
import { budgetTable } from '../../../../infer/profile/table.js'

const MIB = 2 ** 20

function loadOf(bucket: number, bytes: number, more: Partial<BucketLoad> = {}): BucketLoad {
  return {
    bucket,
    warmBytes: bytes,
    residentBytes: bytes,
    peakBytes: bytes,
    bufferBytes: bucket * 1000,
    arena: null,
    processBytes: null,
    deviceUsedBytes: null,
    firstRunMs: 10,
    runMs: [1],
    ...more,
  }
}

function memoryOf(buckets: BucketLoad[], more: Partial<LoadMemory> = {}): LoadMemory {
  return { contextBytes: 0, sessionBytes: 0, firstOfProcess: true, buckets, ...more }
}

describe('the fit', () => {
  it('finds the line that bytes lie on, whatever its slope, on a CPU', () => {
    const amount = fc.integer({ min: 0, max: 2 ** 32 })
    fc.assert(
      fc.property(amount, amount, amount, (fixed, perBucket, perItem) => {
        const buckets = [1, 2, 4, 8].map(b => loadOf(b, perBucket + perItem * b))
        const fit = fitMemory(memoryOf(buckets, { sessionBytes: fixed }), false)
        expect(fit).toMatchObject({ fixedBytes: fixed, bytesPerBucket: perBucket, bytesPerItem: perItem })
        expect(fit.residualBytes.every(({ bytes }) => Math.abs(bytes) <= 1)).toBe(true)
      }),
    )
  })

  it('predicts the sum of what was measured, wherever no part would be below 0', () => {
    const buckets = [loadOf(1, 24 * MIB), loadOf(2, 27 * MIB), loadOf(4, 51 * MIB)]
    const fit = fitMemory(memoryOf(buckets, { contextBytes: 11 * MIB, sessionBytes: 18 * MIB }), false)
    const predicted = fittedBytes({ ...fit, msPerFrame: [] }, [1, 2, 4])
    expect(Math.abs(predicted - 131 * MIB)).toBeLessThan(10)
  })

  it('never has a part below 0', () => {
    const bytes = fc.integer({ min: 0, max: 2 ** 36 })
    fc.assert(
      fc.property(fc.array(bytes, { minLength: 1, maxLength: 7 }), fc.boolean(), (all, onGpu) => {
        const fit = fitMemory(memoryOf(all.map((each, i) => loadOf(2 ** i, each))), onGpu)
        expect(Math.min(fit.fixedBytes, fit.bytesPerBucket, fit.bytesPerItem)).toBeGreaterThanOrEqual(0)
        expect(fit.residualBytes).toHaveLength(all.length)
      }),
    )
  })

  it('takes one bucket alone for what it is: no slope can be told', () => {
    const fit = fitMemory(memoryOf([loadOf(1, 5000)]), false)
    expect(fit).toMatchObject({ bytesPerBucket: 5000, bytesPerItem: 0, residualBytes: [{ bytes: 0 }] })
  })

  it('on a GPU tells what the libraries took with the first bucket of the process', () => {
    const bytes = (bucket: number): number => 90 * MIB + 15 * MIB * bucket
    const first = loadOf(1, bytes(1) + 150 * MIB)
    const buckets = [first, ...[2, 4, 8, 16].map(b => loadOf(b, bytes(b)))]
    expect(fitMemory(memoryOf(buckets), true)).toMatchObject({
      libraryBytes: 150 * MIB,
      fixedBytes: 150 * MIB,
      bytesPerBucket: 90 * MIB,
      bytesPerItem: 15 * MIB,
    })
    const later = buckets.map(load => (load === first ? loadOf(1, bytes(1)) : load))
    expect(fitMemory(memoryOf(later, { firstOfProcess: false }), true)).toMatchObject({
      libraryBytes: null,
      fixedBytes: 0,
    })
    expect(fitMemory(memoryOf(buckets.slice(0, 3)), true).libraryBytes).toBeNull()
  })
})

describe('the median of rounds', () => {
  it('leaves out what disturbed one load', () => {
    const round = (bytes: number): LoadMemory =>
      memoryOf([loadOf(1, bytes, { firstRunMs: bytes })], { sessionBytes: bytes, contextBytes: null })
    const all = medianLoad([round(10), round(900), round(11)])
    expect(all).toMatchObject({ sessionBytes: 11, contextBytes: null })
    expect(all.buckets[0]).toMatchObject({ warmBytes: 11, firstRunMs: 11, runMs: [1, 1, 1] })
  })
  it('needs every bucket in every round, and one round at least', () => {
    expect(() => medianLoad([memoryOf([loadOf(1, 1)]), memoryOf([loadOf(2, 1)])])).toThrow(/bucket of 1/)
    expect(() => medianLoad([])).toThrow(/no load/)
  })
  it('takes quantiles that were seen', () => {
    const values = [5, 1, 4, 2, 3]
    expect([quantile(values, 0), quantile(values, 0.5), quantile(values, 0.99)]).toEqual([1, 3, 5])
  })
})

describe('the budget table', () => {
  const model = {
    fileBytes: 6e6,
    widthPx: 640,
    heightPx: 640,
    maxCandidates: 300,
    precision: 'fp16' as const,
    buckets: [1, 2],
  }
  const slab = { layoutBytes: 1000, allocatedBytes: 1100 }
  const partOf = (lines: ReturnType<typeof budgetTable>, part: string) => lines.find(l => l.part === part)!

  it('on a GPU adds up to what the loads took', () => {
    const arena = { idleBytes: 6 * MIB, reservedBytes: 20 * MIB, peakBytes: 21 * MIB }
    const buckets = [loadOf(1, 100 * MIB, { arena }), loadOf(2, 120 * MIB, { arena })]
    const memory = memoryOf(buckets, { contextBytes: 500 * MIB })
    const lines = budgetTable({ model, onGpu: true, memory, libraryBytes: 30 * MIB, slab })
    const of = (part: string): number => partOf(lines, part).measuredBytes as number
    expect(of('context')).toBe(530 * MIB)
    expect(of('weights')).toBe(12 * MIB)
    expect(of('activations')).toBe(28 * MIB)
    expect(of('inputs')).toBe(3000)
    const parts = of('weights') + of('activations') + of('inputs') + of('workspace') + 30 * MIB
    expect(parts).toBe(220 * MIB)
    expect(partOf(lines, 'slab').error).toBeCloseTo(-100 / 1100)
  })

  it('tells no figure that cannot be told', () => {
    const memory = memoryOf([loadOf(1, 100 * MIB)], { contextBytes: null })
    const lines = budgetTable({ model, onGpu: true, memory, libraryBytes: null, slab })
    for (const part of ['context', 'weights', 'activations', 'workspace']) {
      expect(partOf(lines, part)).toMatchObject({ measuredBytes: null, error: null })
    }
    const cpu = budgetTable({ model, onGpu: false, memory, libraryBytes: null, slab })
    expect(partOf(cpu, 'workspace')).toMatchObject({ measuredBytes: null, predictedBytes: 0 })
    expect(partOf(cpu, 'activations').measuredBytes).toBe(100 * MIB - 1000)
  })
})
