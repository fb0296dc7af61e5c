/** The memory that models may take, what they are charged, and what was measured. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { estimateEngineBytes } from '../../../../infer/host/charge.js'
import { CostStore, costKey } from '../../../../infer/host/cost-store.js'
import { anonymousBytes, memoryLimitBytes } from '../../../../infer/host/memory.js'
import { createLog } from '../../../../shared/log.js'

const log = createLog({ level: 'silent', name: 'test' })

describe('the limit', () => {
  it('is what the settings say, else 0.8 of the host or of the container, whichever is less', () => {
    expect(memoryLimitBytes(123, 1000, 500)).toBe(123)
    expect(memoryLimitBytes('auto', 1000, 500)).toBe(400)
    expect(memoryLimitBytes('auto', 1000, 0)).toBe(800)
    expect(memoryLimitBytes('auto', 1000, 2 ** 63)).toBe(800)
    expect(memoryLimitBytes('auto')).toBeLessThanOrEqual(0.8 * os.totalmem())
  })
})

describe('anonymous memory', () => {
  it('grows by what the process takes', () => {
    const before = anonymousBytes()
    const taken = Buffer.alloc(64 * 2 ** 20, 1)
    expect(anonymousBytes() - before).toBeGreaterThan(0.9 * taken.length)
  })
})

describe('an estimate', () => {
  it('grows with file, input and buckets', () => {
    const model = { fileBytes: 4e6, widthPx: 416, heightPx: 416, buckets: [1, 2, 4] }
    const bytes = estimateEngineBytes(model)
    expect(estimateEngineBytes({ ...model, fileBytes: 8e6 })).toBeGreaterThan(bytes)
    expect(estimateEngineBytes({ ...model, widthPx: 640 })).toBeGreaterThan(bytes)
    expect(estimateEngineBytes({ ...model, buckets: [1] })).toBeLessThan(bytes)
  })
})

describe('measured costs', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rs-costs-'))
  const key = costKey('abc', 'fp16', [1, 2])

  it('outlive the process, each under its file, precision and buckets', () => {
    expect(new CostStore(folder, log).find(key)).toBeNull()
    new CostStore(folder, log).keep(key, 1234)
    const store = new CostStore(folder, log)
    expect([store.find(key), store.find(costKey('abc', 'fp32', [1, 2]))]).toEqual([1234, null])
  })
  it('are forgotten where their file is torn or holds no bytes', () => {
    fs.writeFileSync(path.join(folder, 'costs.json'), '{"half')
    expect(new CostStore(folder, log).find(key)).toBeNull()
    fs.writeFileSync(path.join(folder, 'costs.json'), `{"${key}":-1,"__proto__":{"x":1}}`)
    expect(new CostStore(folder, log).find(key)).toBeNull()
    fs.rmSync(folder, { recursive: true })
  })
})
