/** Room for another model: what goes, what never goes, and what is free. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Bytes } from '../../../../infer/host/bytes.js'
import { noRoom } from '../../../../infer/host/refusal.js'
import { makeRoom, type Resident } from '../../../../infer/host/room.js'

const host = (bytes: number): Bytes => ({ host: bytes, device: 0 })
const model = (name: string, charged: Bytes, lastUsedMonoMs: number, inUse = false): Resident => ({
  name,
  charged,
  lastUsedMonoMs,
  inUse,
})

describe('makeRoom', () => {
  it('unloads nobody where the model fits as it is', () => {
    const room = { fits: true, unload: [], free: host(100) }
    expect(makeRoom([model('a', host(40), 1)], host(60), host(100))).toEqual(room)
  })
  it('unloads the least recently used first, and no more than it must', () => {
    const residents = [model('new', host(30), 3), model('old', host(30), 1), model('used', host(30), 0, true)]
    expect(makeRoom(residents, host(20), host(100))).toMatchObject({ fits: true, unload: ['old'] })
    expect(makeRoom(residents, host(60), host(100))).toMatchObject({ fits: true, unload: ['old', 'new'] })
  })
  it('unloads nobody in vain, and never one in use', () => {
    const residents = [model('idle', host(30), 1), model('used', host(60), 0, true)]
    expect(makeRoom(residents, host(41), host(100))).toEqual({ fits: false, unload: [], free: host(40) })
  })
  it('wants room of both kinds: what one has too much of does not help the other', () => {
    const limit = { host: 100, device: 50 }
    const residents = [model('a', { host: 10, device: 30 }, 1), model('b', { host: 80, device: 5 }, 2)]
    expect(makeRoom(residents, { host: 10, device: 15 }, limit)).toMatchObject({ fits: true, unload: [] })
    expect(makeRoom(residents, { host: 10, device: 16 }, limit)).toMatchObject({ fits: true, unload: ['a'] })
    expect(makeRoom(residents, { host: 21, device: 1 }, limit)).toMatchObject({
      fits: true,
      unload: ['a', 'b'],
    })
    expect(makeRoom(residents, { host: 1, device: 51 }, limit)).toEqual({
      fits: false,
      unload: [],
      free: limit,
    })
  })

  const bytes = (max: number) => fc.record({ host: fc.nat({ max }), device: fc.nat({ max }) })
  const residents = fc.array(
    fc.record({
      charged: bytes(50),
      lastUsedMonoMs: fc.nat({ max: 1000 }),
      inUse: fc.boolean(),
    }),
    { maxLength: 8 },
  )
  it('keeps both limits, spares what is in use, and leaves nothing older than what it unloads', () => {
    fc.assert(
      fc.property(residents, bytes(120), bytes(300), (given, asked, limit) => {
        const all = given.map((resident, i) => ({ ...resident, name: String(i) }))
        const { fits, unload } = makeRoom(all, asked, limit)
        const gone = all.filter(({ name }) => unload.includes(name))
        const stays = all.filter(({ name }) => !unload.includes(name))
        const sum = (some: Resident[], kind: keyof Bytes): number =>
          some.reduce((total, each) => total + each.charged[kind], 0)
        const inUse = all.filter(each => each.inUse)
        expect(gone.some(each => each.inUse)).toBe(false)
        const kinds = ['host', 'device'] as const
        expect(fits).toBe(kinds.every(kind => asked[kind] <= limit[kind] - sum(inUse, kind)))
        if (!fits) expect(unload).toEqual([])
        else for (const kind of kinds) expect(sum(stays, kind) + asked[kind]).toBeLessThanOrEqual(limit[kind])
        const youngest = Math.max(...gone.map(each => each.lastUsedMonoMs))
        const idle = stays.filter(each => !each.inUse)
        expect(idle.every(each => each.lastUsedMonoMs >= youngest)).toBe(true)
      }),
    )
  })
})

describe('want of room', () => {
  it('names the memory that is short, and its setting', () => {
    const limit = { host: 100, device: 50 }
    const text = (asked: Bytes, free: Bytes): string => noRoom('m', asked, free, limit).text
    expect(text({ host: 5, device: 60 }, { host: 10, device: 40 })).toBe(
      'The model m takes 60 bytes of device memory, but 40 of 50 (model.cuda.memoryBytes) are free or taken by models that no stream uses.',
    )
    expect(text(host(50), host(40))).toContain('takes 50 bytes, but 40 of 100 (model.memoryBytes)')
    const both = text({ host: 50, device: 60 }, { host: 10, device: 40 })
    expect(both).toContain('model.memoryBytes')
    expect(both).toContain('model.cuda.memoryBytes')
  })
})
