/** NVML through koffi, and the thread that samples it: against no library at all, and against one whose answers the test decides. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { loadNvml, NvmlError } from '../../infer/engine/native/nvml.js'
import { GpuSampler, type SamplerOptions } from '../../infer/telemetry/gpu-sampler.js'
import { sampleGpu } from '../../infer/telemetry/sample.js'
import { createLog } from '../../shared/log.js'
import type { GpuReport } from '../../shared/process/gpu-report.js'
import { compiler, FakeNvml, withoutCompiler } from '../tools/fake-nvml.js'

const MIB = 2 ** 20
const PERIOD_MS = 100
const NOT_SUPPORTED = 3
const GPU_IS_LOST = 15
const UNKNOWN = 999
const identity = { name: 'n', uuid: 'u', pciBusId: 'p', driver: 'd' }

const lines: { level: number; msg: string; reason?: string }[] = []
const log = createLog({ level: 'debug', name: 'test' }, { write: line => void lines.push(JSON.parse(line)) })
const samplers: GpuSampler[] = []

function sampler(options: SamplerOptions): GpuSampler {
  const one = new GpuSampler({ periodMs: PERIOD_MS, ...options }, log)
  samplers.push(one)
  return one
}

async function until<T>(look: () => T | null | undefined | false, what: string): Promise<T> {
  const deadline = Date.now() + 10_000
  for (;;) {
    const found = look()
    if (found) return found
    if (Date.now() > deadline)
      throw new Error(`${what}: not within 10 s; the log has ${JSON.stringify(lines)}`)
    await wait(10)
  }
}

afterEach(async () => {
  await Promise.all(samplers.splice(0).map(one => one.close()))
  lines.length = 0
})

describe('a host without NVML', () => {
  const library = path.join(os.tmpdir(), 'no-such-folder', 'libnvidia-ml.so.1')

  it('names the library that is missing', () => {
    expect(() => loadNvml(library)).toThrow(NvmlError)
    expect(() => loadNvml(library)).toThrow(/no-such-folder\/libnvidia-ml\.so\.1.*No such file/)
  })

  it('has no GPU report, one line in the log, and an end that waits for nothing', async () => {
    const none = sampler({ gpu: { index: 0 }, library })
    await until(() => lines.length > 0, 'a line of the log')
    await wait(3 * PERIOD_MS)
    expect(none.report()).toBeNull()
    expect(lines).toMatchObject([
      { level: 30, msg: 'no GPU is sampled', reason: expect.stringContaining(library) },
    ])
    const before = performance.now()
    await none.close()
    await none.close()
    expect(performance.now() - before).toBeLessThan(900)
  })

  it('is no trouble where the file is no library either', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rs-no-nvml-'))
    const file = path.join(folder, 'libnvidia-ml.so.1')
    fs.writeFileSync(file, 'a text')
    const none = sampler({ gpu: { index: 0 }, library: file })
    await until(() => lines.find(({ msg }) => msg === 'no GPU is sampled'), 'the line')
    expect(none.report()).toBeNull()
    fs.rmSync(folder, { recursive: true })
  })
})

describe.skipIf(!compiler)(`a GPU that NVML tells of${withoutCompiler}`, () => {
  let nvml: FakeNvml
  beforeAll(() => {
    nvml = new FakeNvml()
  })
  afterEach(() => nvml.reset())
  afterAll(() => nvml.remove())

  const sampled = (one: GpuSampler): Promise<GpuReport> => until(() => one.report(), 'a sample')

  it('is reported with every figure, in the units of its name', async () => {
    const report = await sampled(sampler({ gpu: { pciBusId: '0000:1b:00.0' }, library: nvml.file }))
    expect(report).toEqual({
      name: 'NVIDIA H200',
      uuid: 'GPU-00000000-1111-2222-3333-444444444444',
      pciBusId: '00000000:1B:00.0',
      driver: '580.95.05',
      atMs: expect.any(Number),
      totalBytes: 143_771 * MIB,
      usedBytes: 6144 * MIB,
      freeBytes: 137_000 * MIB,
      reservedBytes: 627 * MIB,
      processBytes: 5120 * MIB,
      processes: [
        { pid: process.pid, usedBytes: 5120 * MIB, own: true },
        { pid: 4, usedBytes: null, own: false },
      ],
      smBusy: 0.87,
      memoryBusy: 0.31,
      decoderBusy: 0.42,
      encoderBusy: 0,
      pcieRxBytesPerSecond: 40_000 * 1024,
      pcieTxBytesPerSecond: 1000 * 1024,
      powerWatts: 412.345,
      powerLimitWatts: 700,
      temperatureCelsius: 62,
      smClockMhz: 1980,
      memoryClockMhz: 3201,
      videoClockMhz: 1545,
      throttleReasons: ['power_cap', 'software_thermal'],
    })
    expect(Math.abs(Date.now() - report.atMs)).toBeLessThan(5000)
  })

  it('lacks only the figures that it does not have, each told once', async () => {
    nvml.answer('nvmlDeviceGetDecoderUtilization', NOT_SUPPORTED)
    nvml.answer('nvmlDeviceGetComputeRunningProcesses_v3', NOT_SUPPORTED)
    nvml.answer('nvmlDeviceGetPowerUsage', UNKNOWN)
    const one = sampler({ gpu: { index: 0 }, library: nvml.file })
    const first = await sampled(one)
    expect(first).toMatchObject({ decoderBusy: null, processes: null, processBytes: null, powerWatts: null })
    expect(first).toMatchObject({ smBusy: 0.87, encoderBusy: 0, powerLimitWatts: 700 })
    await until(() => (one.report()?.atMs ?? 0) > first.atMs, 'a second sample')
    const told = lines.filter(({ msg }) => msg === 'the GPU does not tell a figure')
    expect(told.map(({ level, reason }) => [level, reason])).toEqual([
      [20, expect.stringMatching(/ComputeRunningProcesses_v3: Not Supported \(NVML status 3\)/)],
      [20, expect.stringMatching(/DecoderUtilization: Not Supported/)],
      [40, expect.stringMatching(/PowerUsage: Some Error \(NVML status 999\)/)],
    ])
  })

  it('is not reported while it is lost, and again when it answers', async () => {
    const one = sampler({ gpu: { index: 0 }, library: nvml.file })
    await sampled(one)
    nvml.answer('nvmlDeviceGetMemoryInfo_v2', GPU_IS_LOST)
    await until(() => one.report() === null, 'no report')
    await wait(3 * PERIOD_MS)
    expect(lines.filter(({ msg }) => msg === 'the GPU does not answer')).toMatchObject([{ level: 40 }])
    nvml.reset()
    await sampled(one)
    expect(lines.filter(({ msg }) => msg === 'the GPU is sampled')).toHaveLength(2)
  })

  it('is not reported from memory when the driver hangs, and the event loop does not wait for it', async () => {
    const one = sampler({ gpu: { index: 0 }, library: nvml.file })
    await sampled(one)
    nvml.answer('nvmlDeviceGetUtilizationRates', 0, 3000)
    let longestMs = 0
    let last = performance.now()
    const timer = setInterval(() => {
      longestMs = Math.max(longestMs, performance.now() - last)
      last = performance.now()
    }, 1)
    await until(() => one.report() === null, 'a stale sample')
    const before = performance.now()
    await one.close()
    const closeMs = performance.now() - before
    clearInterval(timer)
    expect(longestMs).toBeLessThan(1000)
    expect(closeMs).toBeLessThan(1500)
    await until(() => nvml.initialized === 0, 'the end of the thread that was left to itself')
  })

  it('has no such device: no GPU report, and NVML is given back', async () => {
    for (const gpu of [{ index: 1 }, { pciBusId: '0000:99:00.0' }]) {
      const none = sampler({ gpu, library: nvml.file })
      const line = await until(() => lines.find(({ msg }) => msg === 'no GPU is sampled'), 'the line')
      expect(line).toMatchObject({ level: 30 })
      expect(none.report()).toBeNull()
      await none.close()
      lines.length = 0
    }
    expect(nvml.initialized).toBe(0)
  })

  it('is given back when sampling ends', async () => {
    const one = sampler({ gpu: { index: 0 }, library: nvml.file })
    await sampled(one)
    expect(nvml.initialized).toBe(1)
    await one.close()
    expect(nvml.initialized).toBe(0)
  })

  it('lists every process, however many there are', () => {
    nvml.addProcesses(500)
    const library = loadNvml(nvml.file)
    const list = library.deviceAt(0).processes()
    library.close()
    library.close()
    expect(list).toHaveLength(502)
    expect(list.at(-1)).toEqual({ pid: 100_499, usedBytes: MIB })
  })

  it('answers in the older way where its driver lacks the newer', () => {
    const old = new FakeNvml(['OLD_DRIVER'])
    const library = loadNvml(old.file)
    try {
      const gpu = library.deviceAt(0)
      expect(gpu.temperatureCelsius()).toBe(61)
      expect(gpu.throttleReasons()).toEqual(['idle'])
      old.answer('nvmlDeviceGetMemoryInfo_v2', 25)
      expect(gpu.memory()).toEqual({
        totalBytes: 143_771 * MIB,
        usedBytes: 6771 * MIB,
        freeBytes: 137_000 * MIB,
        reservedBytes: null,
      })
      expect(sampleGpu(gpu, identity, 1, 0).refusals).toEqual([])
    } finally {
      library.close()
      old.remove()
    }
  })

  it('throws what the driver said, by call and status', () => {
    nvml.answer('nvmlInit_v2', 9)
    expect(() => loadNvml(nvml.file)).toThrow(/nvmlInit_v2: .*NVML status 9/)
    nvml.reset()
    const library = loadNvml(nvml.file)
    nvml.answer('nvmlDeviceGetName', NOT_SUPPORTED)
    const error = errorOf(() => library.deviceAt(0).name())
    library.close()
    expect(error).toMatchObject({ call: 'nvmlDeviceGetName', code: 3, isUnsupported: true, isLost: false })
  })
})

function errorOf(call: () => unknown): unknown {
  try {
    call()
  } catch (error) {
    return error
  }
  throw new Error('it threw nothing')
}
