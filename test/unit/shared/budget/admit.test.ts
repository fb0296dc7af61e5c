/** Admission: refusals name what binds, every remedy of one is admitted when applied, and a device over its budget takes what lessens it. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { admit } from '../../../../shared/budget/admit.js'
import { costOf, holderOf, streamReservation } from '../../../../shared/budget/cost.js'
import { firmly, yielding } from '../../../../shared/budget/elastic.js'
import { limitsOf } from '../../../../shared/budget/limits.js'
import { applyRemedy } from '../../../../shared/budget/remedies.js'
import type { Remedy } from '../../../../shared/budget/reservation.js'
import { resources } from '../../../../shared/budget/resources.js'
import { usedOf } from '../../../../shared/budget/sum.js'
import {
  arbitraryDemand,
  arbitraryKnowledge,
  arbitraryReservations,
  DEVICE,
  NOW_MS,
} from '../../../tools/budget-arbitraries.js'

describe('a refusal', () => {
  it('has remedies that are each admitted when applied', () => {
    const seen = new Map<Remedy['kind'], number>()
    fc.assert(
      fc.property(
        arbitraryKnowledge,
        arbitraryDemand,
        arbitraryReservations,
        (knowledge, demand, reservations) => {
          const decision = admit(demand, reservations, knowledge, NOW_MS)
          if (decision.admitted) return
          const { remedies } = decision.refusal
          expect(remedies.length).toBeLessThanOrEqual(3)
          for (const remedy of remedies) {
            const applied = applyRemedy(remedy, demand, reservations)
            expect(admit(applied.demand, applied.reservations, knowledge, NOW_MS).admitted).toBe(true)
            seen.set(remedy.kind, (seen.get(remedy.kind) ?? 0) + 1)
          }
        },
      ),
      { numRuns: 2000 },
    )
    expect([...seen.keys()].sort()).toEqual(['evict', 'fps', 'model', 'ring_slots']) // else it proved nothing of some
  })

  it('offers the highest rate that fits, and evicts nobody in vain nor anybody as important', () => {
    fc.assert(
      fc.property(
        arbitraryKnowledge,
        arbitraryDemand,
        arbitraryReservations,
        (knowledge, demand, reservations) => {
          const decision = admit(demand, reservations, knowledge, NOW_MS)
          if (decision.admitted) return
          const fits = (remedy: Remedy): boolean => {
            const applied = applyRemedy(remedy, demand, reservations)
            return admit(applied.demand, applied.reservations, knowledge, NOW_MS).admitted
          }
          for (const remedy of decision.refusal.remedies) {
            const { fps, evict } = remedy.change
            if (fps !== undefined && fps + 1 < demand.fps)
              expect(fits({ ...remedy, change: { fps: fps + 1 } })).toBe(false)
            for (const stream of evict ?? []) {
              const spared = evict?.filter(other => other !== stream) ?? []
              expect(fits({ ...remedy, change: { evict: spared } })).toBe(false)
              const found = reservations.find(({ holder }) => holder === holderOf(stream))
              expect(found?.priority).toBeLessThan(demand.priority)
            }
          }
        },
      ),
      { numRuns: 1000 },
    )
  })

  it('says what is asked, free and the limit of what binds', () => {
    fc.assert(
      fc.property(
        arbitraryKnowledge,
        arbitraryDemand,
        arbitraryReservations,
        (knowledge, demand, reservations) => {
          const decision = admit(demand, reservations, knowledge, NOW_MS)
          if (decision.admitted) return
          const { binding, asked, free, limit, text } = decision.refusal
          const others = reservations.filter(({ holder }) => holder !== holderOf(demand.id))
          const without = usedOf(others.map(firmly), DEVICE, NOW_MS)
          expect(limit).toBe(limitsOf(knowledge)[binding])
          expect(free).toBe(Math.max(0, limit - without[binding]))
          expect(asked).toBeGreaterThan(free)
          expect(text).toContain(demand.id)
        },
      ),
      { numRuns: 500 },
    )
  })
})

describe('a device over its budget', () => {
  it('refuses nothing that takes no more than before: the same stream again, or with a lower rate', () => {
    fc.assert(
      fc.property(
        arbitraryKnowledge,
        arbitraryDemand,
        arbitraryReservations,
        fc.double({ min: 0.1, max: 1, noNaN: true }),
        (knowledge, demand, others, share) => {
          const reservations = [
            ...others.filter(({ holder }) => holder !== holderOf(demand.id)),
            streamReservation(demand, costOf(demand, knowledge), DEVICE, 0),
          ]
          const less = { ...demand, fps: demand.fps * share }
          // `utilisation` stays: it bears on the working bucket, and with that on what a stream costs.
          const settings = { ...knowledge.settings, memoryFraction: 0.01, maxStreams: 0 }
          const known = { ...knowledge, settings }
          expect(admit(less, reservations, known, NOW_MS).admitted).toBe(true)
        },
      ),
      { numRuns: 500 },
    )
  })
})

describe('an admitted stream', () => {
  it('leaves every limit kept that was kept', () => {
    fc.assert(
      fc.property(
        arbitraryKnowledge,
        arbitraryDemand,
        arbitraryReservations,
        (knowledge, demand, reservations) => {
          if (!admit(demand, reservations, knowledge, NOW_MS).admitted) return
          const others = reservations.filter(({ holder }) => holder !== holderOf(demand.id))
          const before = usedOf(reservations, DEVICE, NOW_MS)
          const asked = streamReservation(demand, costOf(demand, knowledge), DEVICE, 0)
          const limits = limitsOf(knowledge)
          const less = new Map(yielding(asked, others, limits, NOW_MS).map(each => [each.holder, each]))
          const beside = others.map(each => less.get(each.holder) ?? each)
          const after = usedOf([...beside, asked], DEVICE, NOW_MS)
          for (const resource of resources) {
            const limit = limits[resource]
            if (limit !== null && before[resource] <= limit)
              expect(after[resource]).toBeLessThanOrEqual(limit)
          }
        },
      ),
      { numRuns: 1000 },
    )
  })
})
