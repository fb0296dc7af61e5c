/** Room for another model: what goes, what never goes, and what is free. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeRoom, type Resident } from '../../../../infer/host/room.js'

const model = (name: string, chargedBytes: number, lastUsedMonoMs: number, inUse = false): Resident => ({
  name,
  chargedBytes,
  lastUsedMonoMs,
  inUse,
})

describe('makeRoom', () => {
  it('unloads nobody where the model fits as it is', () => {
    expect(makeRoom([model('a', 40, 1)], 60, 100)).toEqual({ fits: true, unload: [], freeBytes: 100 })
  })
  it('unloads the least recently used first, and no more than it must', () => {
    const residents = [model('new', 30, 3), model('old', 30, 1), model('used', 30, 0, true)]
    expect(makeRoom(residents, 20, 100)).toMatchObject({ fits: true, unload: ['old'] })
    expect(makeRoom(residents, 60, 100)).toMatchObject({ fits: true, unload: ['old', 'new'] })
  })
  it('unloads nobody in vain, and never one in use', () => {
    const residents = [model('idle', 30, 1), model('used', 60, 0, true)]
    expect(makeRoom(residents, 41, 100)).toEqual({ fits: false, unload: [], freeBytes: 40 })
  })

  const residents = fc.array(
    fc.record({
      chargedBytes: fc.nat({ max: 50 }),
      lastUsedMonoMs: fc.nat({ max: 1000 }),
      inUse: fc.boolean(),
    }),
    { maxLength: 8 },
  )
  it('keeps the limit, spares what is in use, and leaves nothing older than what it unloads', () => {
    fc.assert(
      fc.property(residents, fc.nat({ max: 120 }), fc.nat({ max: 300 }), (given, asked, limit) => {
        const all = given.map((resident, i) => ({ ...resident, name: String(i) }))
        const { fits, unload } = makeRoom(all, asked, limit)
        const gone = all.filter(({ name }) => unload.includes(name))
        const stays = all.filter(({ name }) => !unload.includes(name))
        const sum = (some: Resident[]): number => some.reduce((bytes, each) => bytes + each.chargedBytes, 0)
        const inUse = sum(all.filter(each => each.inUse))
        expect(gone.some(each => each.inUse)).toBe(false)
        expect(fits).toBe(asked <= limit - inUse)
        if (fits) expect(sum(stays) + asked).toBeLessThanOrEqual(limit)
        else expect(unload).toEqual([])
        const youngest = Math.max(...gone.map(each => each.lastUsedMonoMs))
        const idle = stays.filter(each => !each.inUse)
        expect(idle.every(each => each.lastUsedMonoMs >= youngest)).toBe(true)
      }),
    )
  })
})
