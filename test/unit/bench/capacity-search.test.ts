/** The search for the largest number of streams, played against machines whose capacity is known; and what is called a pass. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nextStep, type Probe } from '../../bench/capacity/search.js'
import { faultsOf, loadsOf, type Measurement } from '../../bench/capacity/verdict.js'

const settings = { start: 16, max: 256, precision: 0.04 }

/** @param carries what the machine carries in a short probe, and in a full one. */
function play(
  carries: { short: number; full: number },
  lateAfter = 100,
): { best: number | null; probes: Probe[] } {
  const probes: Probe[] = []
  for (;;) {
    const step = nextStep(probes, settings, probes.length >= lateAfter)
    if (step.kind === 'end') return { best: step.best, probes }
    probes.push({ ...step, passed: step.streams <= (step.full ? carries.full : carries.short) })
    if (probes.length > 200) throw new Error('the search does not end')
  }
}

describe('nextStep', () => {
  it('finds what a machine carries within the precision, in few probes, and confirms it at full length', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), capacity => {
        const { best, probes } = play({ short: capacity, full: capacity })
        const carried = Math.min(capacity, settings.max)
        expect(best).toBeLessThanOrEqual(carried)
        expect(best).toBeGreaterThanOrEqual(
          carried - Math.max(1, Math.floor((carried + 1) * 1.05 * settings.precision)),
        )
        expect(probes.at(-1)).toMatchObject({ streams: best, full: true, passed: true })
        expect(probes.length).toBeLessThanOrEqual(12)
      }),
    )
  })

  it('goes down where the full probe fails though the short one passed', () => {
    const { best, probes } = play({ short: 128, full: 110 })
    expect(best).toBeLessThanOrEqual(110)
    expect(best).toBeGreaterThanOrEqual(104)
    expect(probes.filter(({ full }) => full).length).toBeGreaterThan(1)
  })

  it('says that nothing passes, and does not end before it has tried one stream', () => {
    const { best, probes } = play({ short: 0, full: 0 })
    expect(best).toBeNull()
    expect(probes.at(-1)?.streams).toBe(1)
  })

  it('confirms what passed as soon as it is late', () => {
    const { best, probes } = play({ short: 1000, full: 1000 }, 2)
    expect(probes.map(({ streams, full }) => [streams, full])).toEqual([
      [16, false],
      [32, false],
      [32, true],
    ])
    expect(best).toBe(32)
  })
})

const quantiles = { count: 1000, p50: 10, p95: 20, p99: 30, max: 40 }
const good: Measurement = {
  streams: 2,
  seconds: 10,
  notLive: null,
  latency: {
    messages: 500,
    gaps: 0,
    captureToClient: quantiles,
    cameraToClient: quantiles,
    slipMs: 1,
    stages: {
      decodeMs: quantiles,
      queueMs: quantiles,
      batchMs: quantiles,
      inferMs: quantiles,
      postMs: quantiles,
      totalMs: quantiles,
    },
    slowestFps: 24.9,
    fastestFps: 25.1,
  },
  drops: { stale_ref: 0, ring_overwrite: 0 },
  residual: 0,
  packetsLost: 0,
  camerasLateMs: 2,
  messagesLost: 0,
  cpu: {
    infer: { cores: 3, busiest: { thread: 'node, main thread', cores: 0.7 } },
    redis: { cores: 0.2, busiest: { thread: 'redis-server, main thread', cores: 0.2 } },
  },
  cores: 16,
  loops: { infer: { utilisation: 0.5, lagP99Ms: 1, lagMaxMs: 2, gcShare: 0, gcMaxMs: 0 } },
  gpu: null,
  framesPerBatch: 8,
}

describe('faultsOf', () => {
  const demands = { fps: 25, p99Ms: 100 }
  const faultOf = (change: Partial<Measurement>): string => faultsOf({ ...good, ...change }, demands).join()
  const withLatency = (change: Partial<Measurement['latency']>): string =>
    faultOf({ latency: { ...good.latency, ...change } })

  it('passes what lost nothing and was in time', () => {
    expect(faultsOf(good, demands)).toEqual([])
  })

  it('names each thing that was lost, late or missing', () => {
    expect(faultOf({ drops: { ring_overwrite: 3, stale_ref: 0 } })).toBe('3 frames dropped: ring_overwrite')
    expect(faultOf({ notLive: '1 streams do not run' })).toBe('1 streams do not run')
    expect(faultOf({ packetsLost: 2 })).toContain('not read by decoders')
    expect(faultOf({ messagesLost: 2 })).toContain('lost on the way')
    expect(faultOf({ residual: 1 })).toContain('residual')
    expect(withLatency({ gaps: 4 })).toBe('4 results missing')
    expect(withLatency({ slowestFps: 20 })).toContain('20.0 fps')
    expect(withLatency({ slowestFps: Number.POSITIVE_INFINITY, captureToClient: null })).toContain('p99')
    expect(withLatency({ captureToClient: { ...quantiles, p99: 101 } })).toBe('p99 101 ms > 100 ms')
    expect(withLatency({ slipMs: 90 })).toContain('fall behind')
  })
})

describe('loadsOf', () => {
  it('puts the fullest first: of the GPU, of all cores, of one thread', () => {
    const gpu = {
      smPercent: 40,
      memoryPercent: 5,
      decoderPercent: 99,
      pcieRxMBps: 1,
      pcieTxMBps: 1,
      powerW: 300,
      frameBufferMiB: 1,
    }
    expect(loadsOf({ ...good, gpu })[0]).toEqual({ what: 'GPU decode engines', share: 0.99 })
    expect(loadsOf(good)[0]).toEqual({ what: 'one core: infer (node, main thread)', share: 0.7 })
    expect(loadsOf(good)).toContainEqual({ what: 'CPU, all 16 cores', share: 3.2 / 16 })
  })
})
