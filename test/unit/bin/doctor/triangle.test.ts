/** The golden triangle: each side by table, and the one thing to change first. */
import { describe, expect, it } from 'vitest'
import { judgeBandwidth, noBandwidth } from '../../../../bin/doctor/triangle/bandwidth.js'
import { judgeMemory, type MemoryFigures } from '../../../../bin/doctor/triangle/device-memory.js'
import { gapsBetween, judgeGaps } from '../../../../bin/doctor/triangle/idle-gaps.js'
import { judge } from '../../../../bin/doctor/triangle/judgement.js'
import {
  bandwidthFigures,
  gapFigures,
  inferProcesses,
  memoryFigures,
} from '../../../../bin/doctor/triangle/readings.js'
import { beyond, within } from '../../../../bin/doctor/triangle/side.js'
import { type GapReason, type GapReport, gapReasons } from '../../../../shared/process/report.js'
import { gpuReport } from '../../../tools/gpu-reports.js'
import { memorySample } from '../../../tools/memory-samples.js'
import { processReport } from '../../../tools/stage-reports.js'

const GIB = 2 ** 30
const limits = { memoryFraction: 0.8, fragmentation: 0.3 }
const figures = (change: Partial<MemoryFigures> = {}): MemoryFigures => ({
  totalBytes: 140 * GIB,
  usedBytes: 35 * GIB,
  ownBytes: 30 * GIB,
  inUseBytes: 20 * GIB,
  reservedBytes: 25 * GIB,
  ...change,
})
const gaps = (ms: Partial<Record<GapReason, number>>): GapReport =>
  Object.fromEntries(
    gapReasons.map(reason => [reason, { gaps: ms[reason] ? 3 : 0, ms: ms[reason] ?? 0 }]),
  ) as GapReport

describe('memory', () => {
  it.each([
    [
      'all is well',
      {},
      null,
      /35840 MiB of 143360 MiB used; 20480 MiB in use of 25600 MiB reserved; fragmentation 20 % \(5120 MiB\); someone else’s 5120 MiB/,
    ],
    [
      'fragmentation',
      { inUseBytes: 10 * GIB },
      /ringside memory compact/,
      /fragmentation 60 % \(15360 MiB\)/,
    ],
    [
      'fragmentation of a heap that is small beside the device',
      { inUseBytes: GIB / 4, reservedBytes: GIB },
      null,
      /fragmentation 75 %/,
    ],
    [
      'others',
      { usedBytes: 65 * GIB },
      /Others hold 25 % of the device, and the budget leaves them 20 %.*memoryFraction to 0\.75/,
      /someone else’s 35840 MiB/,
    ],
    ['a driver that tells nothing of processes', { ownBytes: null }, null, /whose the rest is, is not told/],
    ['a driver that tells nothing', { usedBytes: null }, null, /how much is used is not told/],
    ['an arena that tells nothing', { inUseBytes: null }, null, /nothing tells what is in use/],
  ])('%s', (_, change, remedy, found) => {
    const side = judgeMemory(figures(change), limits)
    expect(side.found).toMatch(found)
    if (remedy) expect(side.change).toMatch(remedy)
    else expect(side).toMatchObject({ change: null, excess: 0 })
  })
})

describe('idle gaps', () => {
  it.each<[string, Partial<Record<GapReason, number>>, RegExp | null, RegExp]>([
    ['none', {}, null, /busy 40 % of 3\.0 s; no gap over 5 ms/],
    ['a lack of frames is room', { no_frames: 1800 }, null, /waited 60 % for frames/],
    [
      'frames that wait for Redis',
      { redis: 900, no_frames: 300 },
      /Redis and infer a core/,
      /waited 30 % for Redis.*10 % for frames/,
    ],
    ['interpreting', { postprocess: 900, window: 60 }, /interprets all results/, /30 % for the processor/],
    ['the window', { window: 500 }, /batch-window/, /17 % for a batch to fill/],
    ['turns', { turn: 500 }, /share one model/, /for the turns of other models/],
    ['uploads', { upload: 500 }, /smaller input/, /for pixels to reach the engine/],
    ['a little of each', { upload: 90, turn: 90, window: 90 }, null, /9 gaps over 5 ms/],
  ])('%s', (_, ms, remedy, found) => {
    const side = judgeGaps({ overMs: 3000, busy: 0.4, gaps: gaps(ms) })
    expect(side.found).toMatch(found)
    if (remedy) expect(side.change).toMatch(remedy)
    else expect(side).toMatchObject({ change: null, excess: 0 })
  })

  it('counts what was added between two reports, and nothing where a counter fell', () => {
    const added = gapsBetween(gaps({ redis: 100 }), gaps({ redis: 340, upload: 20 }))
    expect(added?.redis).toEqual({ gaps: 0, ms: 240 })
    expect(added?.upload).toEqual({ gaps: 3, ms: 20 })
    expect(gapsBetween(gaps({ redis: 100 }), gaps({ redis: 50 }))).toBeNull()
  })
})

describe('bandwidth', () => {
  const quiet = { pcieBytesPerSecond: 5e9, pcieMostBytesPerSecond: 5e10, memoryBusy: 0.3 }
  it.each([
    ['room on both', {}, null, /PCIe 5\.0 GB\/s of 50\.0 GB\/s \(10 %\); device memory read or written 30 %/],
    ['a full bus', { pcieBytesPerSecond: 4.5e10 }, /Upload less.*nvdec/, /\(90 %\)/],
    ['full memory', { memoryBusy: 0.95 }, /fp16 or int8/, /95 % of the time/],
    [
      'a bus that was not measured',
      { pcieMostBytesPerSecond: null, pcieBytesPerSecond: 4.5e10 },
      null,
      /what it could carry was not measured/,
    ],
    [
      'a device that tells nothing',
      { pcieBytesPerSecond: null, memoryBusy: null },
      null,
      /PCIe not told; device memory not told/,
    ],
  ])('%s', (_, change, remedy, found) => {
    const side = judgeBandwidth({ ...quiet, ...change })
    expect(side.found).toMatch(found)
    if (remedy) expect(side.change).toMatch(remedy)
    else expect(side.change).toBeNull()
  })
})

describe('the verdict', () => {
  const memory = within('memory', 'well')
  it('names the side that is furthest beyond what is tolerable', () => {
    const sides = [
      beyond('memory', 'much', 0.4, 0.3, 'Compact it.'),
      beyond('idle gaps', 'idle', 0.6, 0.1, 'Lower the window.'),
      beyond('bandwidth', 'full', 0.85, 0.8, 'Upload less.'),
    ]
    const findings = judge('cuda-0', sides, 0.4)
    expect(findings.map(({ check, verdict }) => [check, verdict])).toEqual([
      ['cuda-0: memory', 'warn'],
      ['cuda-0: idle gaps', 'warn'],
      ['cuda-0: bandwidth', 'warn'],
      ['cuda-0: verdict', 'warn'],
    ])
    expect(findings.at(-1)).toMatchObject({
      found: 'idle gaps first: idle',
      remedy: 'Change first: Lower the window.',
    })
  })

  it('says that computing binds where nothing is wasted and the engine never rests', () => {
    expect(judge('cpu-0', [memory], 0.97).at(-1)).toMatchObject({ verdict: 'warn', found: /computing binds/ })
  })

  it('says that nothing binds', () => {
    const verdict = judge('cpu-0', [memory, noBandwidth()], 0.4).at(-1)
    expect(verdict).toMatchObject({ verdict: 'ok', remedy: null })
    expect(verdict?.found).toMatch(/busy 40 %/)
  })
})

describe('what a running Ringside tells', () => {
  const [onCpu] = inferProcesses([processReport('ingest'), processReport('infer')])
  const onGpu = {
    ...onCpu!,
    detail: { ...onCpu!.detail, deviceMemory: { limitBytes: 1, chargedBytes: 0 }, gpu: gpuReport() },
  }

  it('counts all stages as its own on a CPU, and the infer process on a GPU', () => {
    const all = [processReport('ingest'), onCpu!]
    const sample = memorySample({ processBytes: 5 * GIB, deviceUsedBytes: 6 * GIB })
    expect(memoryFigures(sample, onCpu!, all)?.ownBytes).toBe((150 + 150 + 60) * 2 ** 20)
    expect(memoryFigures(sample, onGpu, all)).toMatchObject({ ownBytes: 5 * GIB, usedBytes: 6 * GIB })
    expect(memoryFigures(memorySample({ processBytes: null }), onGpu, all)?.ownBytes).toBe(5 * GIB)
    expect(memoryFigures(null, onGpu, all)).toBeNull()
  })

  it('measures gaps between two reports of one process', () => {
    const later = { ...onCpu!, atMs: onCpu!.atMs + 2000 }
    expect(gapFigures(onCpu, later)?.overMs).toBe(2000)
    expect(gapFigures(onCpu, { ...later, instance: 'another' })).toBeNull()
    expect(gapFigures(undefined, later)).toBeNull()
  })

  it('has no bus on a CPU', () => {
    expect(bandwidthFigures(onCpu!, null)).toBeNull()
    expect(bandwidthFigures(onGpu, 5e10)).toMatchObject({ pcieMostBytesPerSecond: 5e10, memoryBusy: 0.31 })
  })
})
