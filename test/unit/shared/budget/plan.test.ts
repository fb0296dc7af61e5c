/** Plan and admission are one arithmetic: what the plan says fits is admitted one stream after another, and no more. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { admit } from '../../../../shared/budget/admit.js'
import type { StreamDemand } from '../../../../shared/budget/budget.js'
import { costOf, streamReservation } from '../../../../shared/budget/cost.js'
import { firmly } from '../../../../shared/budget/elastic.js'
import type { DeviceKnowledge } from '../../../../shared/budget/knowledge.js'
import { limitsOf } from '../../../../shared/budget/limits.js'
import { type Plan, plan } from '../../../../shared/budget/plan.js'
import type { Reservation } from '../../../../shared/budget/reservation.js'
import { resources } from '../../../../shared/budget/resources.js'
import { usedOf } from '../../../../shared/budget/sum.js'
import {
  arbitraryDemand,
  arbitraryKnowledge,
  arbitraryReservations,
  bucketProfile,
  DEVICE,
  NOW_MS,
  profileOf,
} from '../../../tools/budget-arbitraries.js'

describe('plan', () => {
  it('lets in exactly as many as admission does, one after another, and names the same limit', () => {
    fc.assert(
      fc.property(arbitraryKnowledge, arbitraryDemand, arbitraryReservations, (knowledge, demand, before) => {
        const reservations = [...before]
        const planned = plan({ streams: null, demand }, knowledge, before, NOW_MS)
        for (let n = 0; n <= planned.mostStreams; n++) {
          const each = { ...demand, id: `new-${n}` }
          const decision = admit(each, reservations, knowledge, NOW_MS)
          expect(decision.admitted).toBe(n < planned.mostStreams)
          if (!decision.admitted) expect(decision.refusal.binding).toBe(planned.binding)
          reservations.push(streamReservation(each, costOf(each, knowledge), DEVICE, 0))
        }
      }),
      { numRuns: 500 },
    )
  })

  it('says what is used as the ledger sums it, for any number of streams', () => {
    fc.assert(
      fc.property(
        arbitraryKnowledge,
        arbitraryDemand,
        arbitraryReservations,
        fc.nat(20),
        (knowledge, demand, before, streams) => {
          const added = Array.from({ length: streams }, (_, n) => {
            const each = { ...demand, id: `new-${n}` }
            return streamReservation(each, costOf(each, knowledge), DEVICE, 0)
          })
          const used = usedOf([...before.map(firmly), ...added], DEVICE, NOW_MS)
          const planned = plan({ streams, demand }, knowledge, before, NOW_MS)
          for (const { resource, used: amount } of planned.resources) expect(amount).toBe(used[resource])
          expect(planned.fits).toBe(streams <= planned.mostStreams)
        },
      ),
      { numRuns: 500 },
    )
  })

  it('names the next limit: that which refuses when all that bind now are lifted', () => {
    fc.assert(
      fc.property(arbitraryKnowledge, arbitraryDemand, (knowledge, demand) => {
        const { resources: all, binding, next, mostStreams } = plan({ streams: null, demand }, knowledge)
        const limited = all.flatMap(({ resource, streams }) =>
          streams === null ? [] : [{ resource, streams }],
        )
        const more = limited.flatMap(({ streams }) => (streams > mostStreams ? [streams] : []))
        expect(limited.find(({ resource }) => resource === binding)?.streams).toBe(mostStreams)
        expect(next?.streams ?? null).toBe(more.length > 0 ? Math.min(...more) : null)
        if (next) expect(limited).toContainEqual({ resource: next.binding, streams: next.streams })
      }),
    )
  })
})

/** 8 GiB, of which 6.08 may be promised; a model of two buckets that take 1 and 2 GiB, 10 ms for one frame and 16 for four. */
const knowledge: DeviceKnowledge = {
  capacity: {
    id: DEVICE,
    kind: 'gpu',
    name: 'Card',
    deviceTotalBytes: 8 * 2 ** 30,
    hostTotalBytes: 64 * 2 ** 30,
    cores: 16,
    slabRows: 64,
    slabSlots: 256,
    decodePixelsPerSecond: 2_073_600_000,
    scalePixelsPerSecond: 3_110_400_000,
    pcieBytesPerSecond: 10_000_000_000,
  },
  settings: {
    memoryFraction: 0.8,
    reserveFraction: 0.05,
    utilisation: 0.7,
    maxStreams: null,
    batchWindowMs: null,
    latencyTargetMs: 100,
  },
  profiles: new Map([
    ['yolo', profileOf('yolo', [bucketProfile(1, 10, 2 ** 30), bucketProfile(4, 16, 2 ** 31)])],
  ]),
  estimates: new Map([
    ['unknown', { model: 'unknown', deviceBytes: 2 ** 30, hostBytes: 2 ** 20, frameBytes: 1 }],
  ]),
  defaultModel: 'yolo',
}
const demand = {
  model: 'yolo',
  fps: 15,
  widthPx: 1920,
  heightPx: 1080,
  codec: 'h264',
  decoder: 'libav',
  ringSlots: 4,
  priority: 5,
  assumed: [],
} as const
const planOf = (change: Partial<DeviceKnowledge['settings']> = {}, of: Partial<StreamDemand> = {}): Plan =>
  plan(
    { streams: 5, demand: { ...demand, ...of, assumed: [] } },
    { ...knowledge, settings: { ...knowledge.settings, ...change } },
  )

describe('a plan by hand', () => {
  it('is limited by the engine: 15 frames of 4 ms are 6 % of its time, of which 70 may be promised', () => {
    const planned = planOf()
    expect(planned.perStream.computePpm).toBe(60_000)
    expect(planned.mostStreams).toBe(11)
    expect(planned.binding).toBe('computePpm')
    expect(planned.working).toMatchObject({ bucket: 4, msPerFrame: 4, meetsTarget: true })
    // A batch begins every 16 / 0.7 ms and takes 16; 20 are around the engine.
    expect(planned.working?.latencyMs).toBeCloseTo(16 / 0.7 + 16 + 20, 9)
    expect(planned.working?.fullLoadFps).toBeCloseTo(175, 9)
    expect(planned.resources.find(({ resource }) => resource === 'computePpm')).toEqual({
      resource: 'computePpm',
      used: 300_000,
      limit: 700_000,
      share: 3 / 7,
      streams: 11,
    })
    expect(planned.notes).toEqual([])
  })

  it('counts what NVDEC’s pictures take of the same GPU to be scaled: of the frames that the cap lets through', () => {
    const nvdec = planOf({}, { decoder: 'nvdec', sourceFps: 30 })
    expect(nvdec.perStream.computePpm).toBe(70_000)
    expect(nvdec.perStream.decodePpm).toBe(30_000)
    expect(nvdec.mostStreams).toBe(10)
  })

  it('takes the smaller bucket where the larger would be too late, and says so where none is in time', () => {
    const smaller = planOf({ latencyTargetMs: 50 })
    expect(smaller.working).toMatchObject({ bucket: 1, msPerFrame: 10, meetsTarget: true })
    expect(smaller.mostStreams).toBe(4)
    const none = planOf({ latencyTargetMs: 10 })
    expect(none.working).toMatchObject({ bucket: 1, meetsTarget: false, windowMs: 0 })
    expect(none.notes).toEqual([expect.stringContaining('No bucket of yolo meets 10 ms')])
  })

  it('is limited by the operator where nothing else is less', () => {
    expect(planOf({ maxStreams: 3 })).toMatchObject({
      mostStreams: 3,
      fits: false,
      binding: 'streams',
      next: { binding: 'computePpm', streams: 11 },
    })
  })

  it('carries none where not even the model fits', () => {
    expect(planOf({ memoryFraction: 0.3 })).toMatchObject({ mostStreams: 0, binding: 'deviceBytes' })
  })

  it('does not invent the time of a model that was never measured', () => {
    const planned = plan({ streams: 1, demand: { ...demand, model: 'unknown', assumed: [] } }, knowledge)
    expect(planned).toMatchObject({ basis: 'estimated', working: null })
    expect(planned.perStream.computePpm).toBe(0)
    expect(planned.notes[0]).toContain('never measured')
  })
})

describe('cost', () => {
  it('of more streams, frames, pixels or slots is never less', () => {
    const more = fc.record({
      fps: fc.nat(60),
      widthPx: fc.nat(2000),
      heightPx: fc.nat(2000),
      ringSlots: fc.nat(8),
    })
    fc.assert(
      fc.property(
        arbitraryKnowledge,
        arbitraryDemand,
        arbitraryReservations,
        more,
        (known, asked, before, add) => {
          const { fps, widthPx, heightPx, ringSlots } = asked
          const larger = {
            ...asked,
            fps: fps + add.fps,
            widthPx: widthPx + add.widthPx,
            heightPx: heightPx + add.heightPx,
            ringSlots: ringSlots + add.ringSlots,
          }
          const [less, greater] = [costOf(asked, known), costOf(larger, known)]
          const reservation: Reservation = streamReservation({ ...asked, id: 'one-more' }, less, DEVICE, 0)
          const [without, withIt] = [
            usedOf(before, DEVICE, NOW_MS),
            usedOf([...before, reservation], DEVICE, NOW_MS),
          ]
          for (const resource of resources) {
            expect(greater.own[resource]).toBeGreaterThanOrEqual(less.own[resource])
            expect(withIt[resource]).toBeGreaterThanOrEqual(without[resource])
            for (const amounts of [less.own, less.shared])
              expect(Number.isSafeInteger(amounts[resource]) && amounts[resource] >= 0).toBe(true)
          }
        },
      ),
      { numRuns: 500 },
    )
  })
})

describe('limits', () => {
  it('are total × memoryFraction × (1 − reserveFraction), less what a GPU process takes once', () => {
    expect(limitsOf(knowledge)).toEqual({
      deviceBytes: Math.floor(8 * 2 ** 30 * 0.8 * (1 - 0.05)),
      hostBytes: Math.floor(64 * 2 ** 30 * 0.8 * (1 - 0.05)),
      ringSlots: 256,
      computePpm: 700_000,
      decodePpm: 1_000_000,
      pcieBytesPerSecond: 8_000_000_000,
      streams: 64,
    })
    const once = { contextBytes: 2 ** 29, libraryBytes: 2 ** 20 }
    const profile = profileOf('yolo', [bucketProfile(1, 10, 2 ** 30)], { once })
    const known = { ...knowledge, profiles: new Map([['yolo', profile]]) }
    expect(limitsOf(known).deviceBytes).toBe(Math.floor(8 * 2 ** 30 * 0.8 * (1 - 0.05)) - 2 ** 29 - 2 ** 20)
    expect(costOf({ ...demand, assumed: [], id: 'a' }, known).shared.deviceBytes).toBe(2 ** 30 - 2 ** 20)
  })
})
