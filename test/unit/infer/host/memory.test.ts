/** The memory that models may take, what they are charged, and what was measured. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { estimateDeviceBytes, estimateHostBytes } from '../../../../infer/host/charge.js'
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

const model = {
  fileBytes: 4e6,
  widthPx: 416,
  heightPx: 416,
  maxCandidates: 300,
  precision: 'fp16' as const,
  buckets: [1, 2, 4],
}

describe.each([
  ['host memory', estimateHostBytes],
  ['device memory', estimateDeviceBytes],
])('an estimate of %s', (_, estimate) => {
  it('grows with file, input and buckets', () => {
    const bytes = estimate(model)
    expect(estimate({ ...model, fileBytes: 8e6 })).toBeGreaterThan(bytes)
    expect(estimate({ ...model, widthPx: 640 })).toBeGreaterThan(bytes)
    expect(estimate({ ...model, buckets: [1] })).toBeLessThan(bytes)
  })
})

describe('an estimate of device memory', () => {
  it('is above what was measured of a YOLOv8n on an H200, by no more than half', () => {
    const yolov8n = { ...model, fileBytes: 6.5e6, widthPx: 640, heightPx: 640 }
    for (const [bucket, mib] of [
      [1, 108],
      [8, 306],
      [32, 984],
    ] as const) {
      const share = estimateDeviceBytes({ ...yolov8n, buckets: [bucket] }) / (mib * 2 ** 20)
      expect(share).toBeGreaterThan(1)
      expect(share).toBeLessThan(1.5)
    }
  })
  it('is larger in fp32', () => {
    expect(estimateDeviceBytes({ ...model, precision: 'fp32' })).toBeGreaterThan(estimateDeviceBytes(model))
  })
})

describe('measured costs', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rs-costs-'))
  const source = { digest: 'abc', precision: 'fp16' } as const
  const key = costKey('cpu', source, [1, 2])

  it('outlive the process, each under its device, file, precision and buckets', () => {
    expect(new CostStore(folder, log).find(key)).toBeNull()
    new CostStore(folder, log).keep(key, 1234)
    const store = new CostStore(folder, log)
    expect(store.find(key)).toBe(1234)
    expect(store.find(costKey('cpu', { ...source, precision: 'fp32' }, [1, 2]))).toBeNull()
    expect(store.find(costKey('cpu', source, [1]))).toBeNull()
    expect(store.find(costKey('NVIDIA H200-00000000', source, [1, 2]))).toBeNull()
  })
  it('are forgotten where their file is torn or holds no bytes', () => {
    fs.writeFileSync(path.join(folder, 'costs.json'), '{"half')
    expect(new CostStore(folder, log).find(key)).toBeNull()
    fs.writeFileSync(path.join(folder, 'costs.json'), `{"${key}":-1,"__proto__":{"x":1}}`)
    expect(new CostStore(folder, log).find(key)).toBeNull()
    fs.rmSync(folder, { recursive: true })
  })
})
