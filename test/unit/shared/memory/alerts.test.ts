/** The rules and their hold-down: each alert once, with what it means; nothing comes and goes. */
import { describe, expect, it } from 'vitest'
import { HoldDown, timings } from '../../../../shared/memory/hold-down.js'
import {
  type AlertThresholds,
  type Reading,
  readDeviceUsage,
  readExhaustion,
  readFragmentation,
  readHostMemory,
  readShm,
} from '../../../../shared/memory/rules.js'
import type { MemorySample } from '../../../../shared/memory/timeline.js'

const GIB = 2 ** 30
const thresholds: AlertThresholds = {
  memoryUsage: 0.9,
  fragmentation: 0.4,
  hostMemory: 0.9,
  shm: 0.9,
  exhaustionMs: 1_800_000,
}
const sample: MemorySample = {
  atMs: 0,
  device: 'cuda-0',
  inUseBytes: 5 * GIB,
  reservedBytes: 8 * GIB,
  peakBytes: null,
  processBytes: 9 * GIB,
  deviceUsedBytes: 10 * GIB,
  deviceTotalBytes: 20 * GIB,
  hostUsedBytes: 10 * GIB,
  hostTotalBytes: 20 * GIB,
  shmUsedBytes: GIB,
  shmTotalBytes: 2 * GIB,
  ringSlotsUsed: 0,
  ringSlots: 4,
  streams: 1,
  models: [],
  instance: 'a',
}

describe('rules', () => {
  it.each([
    ['memory_usage', readDeviceUsage, { deviceUsedBytes: 19 * GIB }, { deviceUsedBytes: 17.5 * GIB }, 0.95],
    ['fragmentation', readFragmentation, { inUseBytes: 4 * GIB }, { inUseBytes: 5 * GIB }, 0.5],
    ['host_memory', readHostMemory, { hostUsedBytes: 19 * GIB }, { hostUsedBytes: 17.5 * GIB }, 0.95],
    ['shm', readShm, { shmUsedBytes: 1.9 * GIB }, { shmUsedBytes: 1.75 * GIB }, 0.95],
  ] as const)(
    '%s is over above its threshold, and clear only below the band',
    (kind, read, over, band, value) => {
      const reading = (change: Partial<MemorySample>) => read({ ...sample, ...change }, thresholds)[0]
      expect(reading(over)).toMatchObject({ kind, isOver: true, isClear: false })
      expect(reading(over)?.value).toBeCloseTo(value)
      expect(reading(over)?.meaning).toMatch(/\d+ %.*[GM]iB.*\.$/)
      expect(reading(over)?.remedy.length).toBeGreaterThan(20)
      if (kind !== 'fragmentation') expect(reading(band)).toMatchObject({ isOver: false, isClear: false })
      else expect(reading(band)).toMatchObject({ isOver: false, isClear: true })
    },
  )

  it('say nothing of what is not known, nor of a CPU’s memory as a device’s', () => {
    expect(readDeviceUsage({ ...sample, deviceTotalBytes: null }, thresholds)).toEqual([])
    expect(readDeviceUsage({ ...sample, device: 'cpu-0' }, thresholds)).toEqual([])
    expect(readFragmentation({ ...sample, inUseBytes: null }, thresholds)).toEqual([])
    expect(readShm({ ...sample, shmTotalBytes: 0 }, thresholds)).toEqual([])
  })

  it('leave little memory alone, however fragmented', () => {
    const small = { ...sample, inUseBytes: 10 * 2 ** 20, reservedBytes: 40 * 2 ** 20 }
    expect(readFragmentation(small, thresholds)[0]).toMatchObject({ isOver: false, isClear: true })
  })

  it('tell exhaustion by the time that is left', () => {
    const growth = { slope: GIB / 600_000, low: 0, high: 0, z: 9, spanMs: 600_000, level: 18 * GIB }
    const reading = readExhaustion({ device: 'cuda-0', growth, limitBytes: 20 * GIB }, thresholds)
    expect(reading).toMatchObject({ isOver: true, value: 1_200_000 })
    expect(reading.meaning).toContain('exhausted in 20 min')
    const none = readExhaustion({ device: null, growth: null, limitBytes: 20 * GIB }, thresholds)
    expect(none).toMatchObject({ isOver: false, isClear: true, value: null })
  })
})

describe('hold-down', () => {
  const { holdMs, clearMs } = timings.memory_usage
  const reading = (state: 'over' | 'band' | 'clear', value = 0.95): Reading => ({
    kind: 'memory_usage',
    device: 'cuda-0',
    value,
    threshold: 0.9,
    isOver: state === 'over',
    isClear: state === 'clear',
    meaning: 'm',
    remedy: 'r',
    owners: [],
  })

  it('tells once, when the rule was over for the hold time, and once when it was clear for the clear time', () => {
    const holdDown = new HoldDown([])
    const told: [number, string][] = []
    for (let ms = 0; ms <= 300_000; ms += 5000) {
      const state = ms < 100_000 ? 'over' : 'clear'
      for (const alert of holdDown.step([reading(state)], ms)) told.push([ms, alert.state])
    }
    expect(told).toEqual([
      [holdMs, 'firing'],
      [100_000 + clearMs, 'resolved'],
    ])
  })

  it('tells nothing of what comes and goes faster than the hold time', () => {
    const holdDown = new HoldDown([])
    for (let ms = 0; ms <= 300_000; ms += 5000)
      expect(holdDown.step([reading(ms % 15_000 === 0 ? 'clear' : 'over')], ms)).toEqual([])
  })

  it('lets what fires go on in the band, and through a short clear', () => {
    const holdDown = new HoldDown([])
    let told = 0
    for (let ms = 0; ms <= 600_000; ms += 5000) {
      const state = ms <= holdMs ? 'over' : ms % 50_000 === 0 ? 'band' : 'clear'
      told += holdDown.step([reading(state)], ms).length
    }
    expect(told).toBe(1)
    expect(holdDown.firing).toHaveLength(1)
  })

  it('keeps the newest figures of what fires, and when it began', () => {
    const holdDown = new HoldDown([])
    holdDown.step([reading('over')], 0)
    holdDown.step([reading('over')], holdMs)
    holdDown.step([reading('over', 0.99)], holdMs + 5000)
    expect(holdDown.firing).toMatchObject([{ value: 0.99, sinceMs: holdMs, atMs: holdMs + 5000 }])
  })

  it('does not tell again what another process has told, and resolves it', () => {
    const first = new HoldDown([])
    first.step([reading('over')], 0)
    const [alert] = first.step([reading('over')], holdMs)
    if (!alert) throw new Error('it should fire')
    const second = new HoldDown([alert])
    expect(second.step([reading('over')], holdMs + 60_000)).toEqual([])
    expect(second.step([], holdMs + 70_000)).toEqual([])
    expect(second.step([], holdMs + 70_000 + clearMs)).toMatchObject([
      { id: 'memory_usage:cuda-0', state: 'resolved' },
    ])
  })
})
