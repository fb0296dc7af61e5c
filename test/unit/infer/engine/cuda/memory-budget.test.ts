import { describe, expect, it } from 'vitest'
import {
  arenaLimitBytes,
  budgetBytes,
  bufferBytes,
  refusal,
  refusalAfter,
} from '../../../../../infer/engine/cuda/memory-budget.js'

const MB = 1e6
const budget = {
  budgetBytes: 300 * MB,
  heldBytes: 60 * MB,
  freeBytes: 900 * MB,
  bufferBytes: 40 * MB,
}

describe('device memory', () => {
  it('may be held to 0.8 of the device, or as set', () => {
    expect(budgetBytes('auto', { totalBytes: 1000, freeBytes: 10 })).toBe(800)
    expect(budgetBytes(123, { totalBytes: 1000, freeBytes: 10 })).toBe(123)
  })

  it('is limited by the budget, or by what the device still has', () => {
    expect(arenaLimitBytes(budget)).toBe(200 * MB)
    expect(arenaLimitBytes({ ...budget, freeBytes: 100 * MB })).toBe(60 * MB)
  })

  it('goes to two sets of buffers a bucket', () => {
    expect(bufferBytes(8, 600, 40)).toBe(2 * 8 * 640)
  })
})

describe('a refusal', () => {
  const sum =
    '240.0 MB were left (300.0 MB allowed by model.cuda.memoryBytes − 60.0 MB held; 900.0 MB free on the device)'

  it('has every number of the sum', () => {
    expect(refusal(32, budget, { neededBytes: 52 * MB, availableBytes: 12 * MB })).toBe(
      `a batch of 32 does not fit: ${sum}, 40.0 MB for its buffers and 200.0 MB for all else; ` +
        'it asked for another 52.0 MB when 12.0 MB remained',
    )
    expect(refusal(32, budget, { neededBytes: 52 * MB, availableBytes: null })).toContain(
      'it asked for another 52.0 MB when the device had no more',
    )
    expect(refusal(32, budget, { neededBytes: null, availableBytes: null })).toMatch(/for all else$/)
  })

  it('says so where nothing is left for more than buffers, or nothing at all', () => {
    expect(
      refusal(64, { ...budget, bufferBytes: 250 * MB }, { neededBytes: null, availableBytes: null }),
    ).toBe(`a batch of 64 needs 250.0 MB for its buffers alone, where ${sum}`)
    expect(
      refusal(1, { ...budget, heldBytes: 400 * MB }, { neededBytes: null, availableBytes: null }),
    ).toContain('where 0.0 MB were left')
  })

  it('of a larger bucket names the one that was tried', () => {
    expect(refusalAfter(64, 32)).toBe('a batch of 64 needs more than one of 32, which does not fit')
  })
})
