/** The memory that models may take, what they are charged, and what was measured. */
import os from 'node:os'
import { describe, expect, it } from 'vitest'
import { estimateDeviceBytes, estimateHostBytes } from '../../../../infer/host/charge.js'
import { anonymousBytes, memoryLimitBytes } from '../../../../infer/host/memory.js'

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
  it('is above what was measured of a YOLOv8n on an H200, by no more than a quarter', () => {
    const buckets = [1, 2, 4, 8, 16, 32, 64]
    const yolov8n = { ...model, fileBytes: 6.5e6, widthPx: 640, heightPx: 640, buckets }
    const share = estimateDeviceBytes(yolov8n) / 2.9e9
    expect(share).toBeGreaterThan(1)
    expect(share).toBeLessThan(1.25)
  })
  it('is larger in fp32', () => {
    expect(estimateDeviceBytes({ ...model, precision: 'fp32' })).toBeGreaterThan(estimateDeviceBytes(model))
  })
})
