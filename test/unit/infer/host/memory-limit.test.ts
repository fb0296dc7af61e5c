/** What models may take: of the budget, unless the settings fix it; and it follows the budget for what is loaded next. */
import { describe, expect, it } from 'vitest'
import { loadConfig } from '../../../../config/load.js'
import { MemoryLimit } from '../../../../infer/host/memory-limit.js'
import { noRoom } from '../../../../infer/host/refusal.js'

const limitOf = (kind: 'cpu' | 'gpu', variables: Record<string, string> = {}) => {
  const config = loadConfig({ PATH: process.env.PATH, RINGSIDE_DATA_DIR: '/tmp/none', ...variables })
  return new MemoryLimit(config, { kind, totalBytes: 1000 }, 500)
}
const fixedHost = { RINGSIDE_MODEL_MEMORY_BYTES: '77' }
const fixedDevice = { RINGSIDE_MODEL_CUDA_MEMORY_BYTES: '88' }
const none = { host: 0, device: 0 }

describe('what models may take together', () => {
  it('is the budget’s share of the host, and of the device', () => {
    expect(limitOf('gpu')).toMatchObject({ host: 400, device: 800, fixedBytes: null })
    expect(limitOf('cpu')).toMatchObject({ host: 400, device: 0, fixedBytes: null })
    expect(limitOf('gpu', { RINGSIDE_BUDGET_MEMORY_FRACTION: '0.5' })).toMatchObject({
      host: 250,
      device: 500,
    })
  })

  it('follows the budget, and tells when there is more', () => {
    const limit = limitOf('gpu')
    expect(limit.follow(0.5)).toBe(false)
    expect(limit).toMatchObject({ host: 250, device: 500 })
    expect(limit.follow(0.5)).toBe(false)
    expect(limit.follow(0.9)).toBe(true)
    expect(limit).toMatchObject({ host: 450, device: 900 })
  })

  it('is what the settings fix, whatever the budget', () => {
    const limit = limitOf('gpu', { ...fixedHost, ...fixedDevice })
    expect(limit.follow(0.1)).toBe(false)
    expect(limit.follow(1)).toBe(false)
    expect(limit).toMatchObject({ host: 77, device: 88, fixedBytes: 88 })
    expect(limitOf('gpu', fixedHost)).toMatchObject({ host: 77, device: 800, fixedBytes: null })
    expect(limitOf('cpu', fixedHost)).toMatchObject({ host: 77, device: 0, fixedBytes: 77 })
  })

  it('at start is not less than the default model had before budgets', () => {
    const limit = limitOf('gpu')
    limit.begin(0.1)
    expect(limit.device).toBe(800)
    limit.begin(0.9)
    expect(limit.device).toBe(900)
  })

  it('is named by what sets it where a model has no room', () => {
    const text = (limit: MemoryLimit) => noRoom('m', { host: 0, device: 999 }, none, limit).text
    expect(text(limitOf('gpu'))).toContain('of 800 (memoryFraction of the device’s budget)')
    expect(text(limitOf('gpu', fixedDevice))).toContain('of 88 (model.cuda.memoryBytes)')
  })
})
