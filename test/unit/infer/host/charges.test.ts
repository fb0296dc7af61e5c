/** What a model is charged, on a CPU and on a GPU: before its first load, after it, and where the device refused a part. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { cpuDevice, type DeviceFacts } from '../../../../infer/engine/device.js'
import type { EngineInfo } from '../../../../infer/engine/engine.js'
import { ModelCharges } from '../../../../infer/host/charges.js'
import type { PreparedModel } from '../../../../infer/model/prepared-model.js'
import type { ModelProfile } from '../../../../shared/budget/profile.js'
import { madeUpProfile } from '../../../tools/model-profile.js'

const SLAB = 1000
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rs-charges-'))
afterAll(() => fs.rmSync(folder, { recursive: true }))

const file = path.join(folder, 'model.onnx')
fs.writeFileSync(file, Buffer.alloc(5000))
const size = { widthPx: 64, heightPx: 64, maxCandidates: 300 }
const model = { file, digest: 'abc', precision: 'fp16', ...size } as unknown as PreparedModel
const cpu = cpuDevice().facts
const gpu: DeviceFacts = { ...cpu, id: 'cuda-0', kind: 'gpu', fingerprint: 'H200-1' }

function chargesOn(device: DeviceFacts, profile: ModelProfile | null = null) {
  return new ModelCharges({
    device,
    profileOf: () => profile,
    slabBytes: () => SLAB,
    buckets: () => [1, 8],
  })
}

function infoOf(deviceBytes: number, refused: [number, string][] = []): EngineInfo {
  const runMs = new Map([[1, 1]])
  const refusedBuckets = new Map(refused)
  return {
    engine: 'e',
    device: 'd',
    provider: 'cuda',
    maxInFlight: 2,
    runMs,
    refusedBuckets,
    deviceBytes,
    notes: [],
  }
}

describe('on a CPU', () => {
  it('everything is host memory: estimated, then as measured, the most that it ever was', () => {
    const charges = chargesOn(cpu)
    const before = charges.of(model)
    expect(before.measured).toBeNull()
    expect(before.charged).toEqual(before.estimated)
    expect(before.least).toEqual(before.charged)
    expect(before.charged.device).toBe(0)
    expect(charges.took(model, infoOf(0), 700)).toEqual({ host: SLAB + 700, device: 0 })
    expect(charges.took(model, infoOf(0), 20)).toEqual({ host: SLAB + 700, device: 0 })
    expect(charges.of(model)).toMatchObject({ charged: { host: SLAB + 700 }, estimated: before.estimated })
  })
})

describe('on a GPU', () => {
  it('the slab is host memory, the engine device memory', () => {
    const charges = chargesOn(gpu)
    const { estimated, least } = charges.of(model)
    expect(estimated.host).toBe(SLAB)
    expect(least.host).toBe(SLAB)
    expect(least.device).toBeGreaterThan(0)
    expect(least.device).toBeLessThan(estimated.device)
    expect(charges.took(model, infoOf(900), 12345)).toEqual({ host: SLAB, device: 900 })
    expect(charges.of(model)).toMatchObject({
      charged: { host: SLAB, device: 900 },
      least: { host: SLAB, device: 900 },
      measured: { host: SLAB, device: 900 },
    })
  })

  it('a load that had to do without a bucket is charged what it took, and says nothing of the whole', () => {
    const charges = chargesOn(gpu)
    const refused = infoOf(300, [[8, 'no room']])
    expect(charges.took(model, refused, 0)).toEqual({ host: SLAB, device: 300 })
    expect(charges.of(model).measured).toBeNull()
  })

  it('is charged what its profile says, and never less than it took', () => {
    const charges = chargesOn(gpu, madeUpProfile({ engineBytes: 800 }))
    expect(charges.of(model)).toMatchObject({ charged: { host: SLAB, device: 800 } })
    expect(charges.took(model, infoOf(900), 0)).toEqual({ host: SLAB, device: 900 })
    expect(charges.took(model, infoOf(700), 0)).toEqual({ host: SLAB, device: 800 })
  })
})

describe('a profile', () => {
  it('takes the place of the estimate before the first load of this process', () => {
    const charges = chargesOn(cpu, madeUpProfile({ engineBytes: 500 }))
    const { charged, measured, estimated } = charges.of(model)
    expect(charged).toEqual({ host: SLAB + 500, device: 0 })
    expect(measured).toEqual(charged)
    expect(estimated).toEqual(chargesOn(cpu).of(model).estimated)
  })
  it('on a CPU knows better than the growth of a process that does more than load', () => {
    const charges = chargesOn(cpu, madeUpProfile({ engineBytes: 500 }))
    expect(charges.took(model, infoOf(0), 7000)).toEqual({ host: SLAB + 500, device: 0 })
  })
})
