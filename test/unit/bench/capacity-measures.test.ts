/** What a capacity run makes of what it sees: messages, the rows of nvidia-smi, threads in /proc. */
import { describe, expect, it } from 'vitest'
import { DmonTable } from '../../bench/capacity/gpu-use.js'
import { latencyOf } from '../../bench/capacity/latency.js'
import type { Arrival } from '../../bench/capacity/listener.js'
import { quantilesOf } from '../../bench/capacity/quantiles.js'
import { markUsage, usageBetween } from '../../bench/capacity/usage.js'

const timing = { decodeMs: 1, queueMs: 2, batchMs: 3, inferMs: 4, postMs: 5, totalMs: 15 }

function arrivalsOf(stream: string, epoch: number, seqs: readonly number[], lateMs = 20): Arrival[] {
  return seqs.map(seq => ({ stream, epoch, seq, atMs: 1000 + seq * 40 + lateMs, sinceCaptureMs: 7, timing }))
}

describe('latencyOf', () => {
  it('counts gaps within a session, not between two, and measures from the camera’s clock', () => {
    const arrivals = [
      ...arrivalsOf('a', 1, [5, 6, 8, 9]),
      ...arrivalsOf('a', 2, [0, 1, 2, 3]),
      ...arrivalsOf('b', 1, [3, 2, 4]), // a swap is no loss
    ]
    const cameras = new Map([['b', { path: '/b', startMs: 1000, pictures: 100 }]])
    const report = latencyOf(arrivals, cameras, 25, 1)
    expect(report).toMatchObject({ messages: 11, gaps: 1, slowestFps: 3, fastestFps: 8 })
    expect(report.captureToClient).toMatchObject({ count: 11, p50: 7 })
    expect(report.cameraToClient).toMatchObject({ count: 3, p50: 20, max: 20 })
    expect(report.stages.inferMs).toMatchObject({ p99: 4 })
  })

  it('sees a decoder that falls behind', () => {
    const arrivals = [0, 1, 2, 3, 4, 5, 6, 7].flatMap(seq => arrivalsOf('a', 1, [seq], seq * 10))
    const cameras = new Map([['a', { path: '/a', startMs: 1000, pictures: 100 }]])
    expect(latencyOf(arrivals, cameras, 25, 1).slipMs).toBe(60)
  })

  it('has no figures where nothing came', () => {
    expect(latencyOf([], new Map(), 25, 1)).toMatchObject({
      messages: 0,
      gaps: 0,
      captureToClient: null,
      slipMs: 0,
    })
  })
})

describe('quantilesOf', () => {
  it('takes them from the sorted samples', () => {
    const samples = Float64Array.from({ length: 1000 }, (_, i) => (i * 7) % 1000)
    expect(quantilesOf(samples)).toEqual({ count: 1000, p50: 500, p95: 950, p99: 990, max: 999 })
  })
})

describe('DmonTable', () => {
  it('reads the columns by their names, and forgets what was taken', () => {
    const table = new DmonTable()
    const lines = [
      '# gpu    pwr  gtemp  mtemp     sm    mem    enc    dec    jpg    ofa     fb   bar1   ccpm  rxpci  txpci ',
      '# Idx      W      C      C      %      %      %      %      %      %     MB     MB     MB   MB/s   MB/s ',
      '    0    310     45     60     80     30      0     96      0      0  12000      3      0   6000    900 ',
      '    0    330     45     60     90     40      0    100      0      0  12000      3      0      -      - ',
    ]
    for (const line of lines) table.line(line)
    expect(table.take()).toEqual({
      smPercent: 85,
      memoryPercent: 35,
      decoderPercent: 98,
      pcieRxMBps: 6000,
      pcieTxMBps: 900,
      powerW: 320,
      frameBufferMiB: 12000,
    })
    expect(table.take()).toBeNull()
  })
})

describe('usageBetween', () => {
  it('tells how many cores a group kept busy, and which thread did', () => {
    const before = markUsage({ own: [process.pid], same: [process.pid] })
    const endMs = performance.now() + 300
    while (performance.now() < endMs) Math.sqrt(endMs)
    const use = usageBetween(before, markUsage({ own: [process.pid], same: [process.pid] }))
    expect(use.own!.cores).toBeGreaterThan(0.1)
    expect(use.own!.busiest.thread).toMatch(/main thread$/)
    expect(use.same).toEqual({ cores: 0, busiest: { thread: '(none)', cores: 0 } })
  })
})
