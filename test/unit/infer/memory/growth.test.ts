/** Which model's arenas grew since its load. */
import { describe, expect, it } from 'vitest'
import { ArenaGrowth } from '../../../../infer/memory/growth.js'

describe('ArenaGrowth', () => {
  const a = { name: 'a', session: {} }
  const b = { name: 'b', session: {} }

  it('names the model that grew most, by 5 % at least', () => {
    const growth = new ArenaGrowth()
    growth.see([
      { ...a, reservedBytes: 1000 },
      { ...b, reservedBytes: 5000 },
    ])
    const now = (ofA: number, ofB: number) =>
      growth.mostGrown([
        { ...a, reservedBytes: ofA },
        { ...b, reservedBytes: ofB },
      ])
    expect(now(1000, 5000)).toBeNull()
    expect(now(1049, 5249)).toBeNull()
    expect(now(1050, 5000)).toBe('a')
    expect(now(1100, 5250)).toBe('b')
    expect(now(900, 4000)).toBeNull()
  })

  it('begins anew with each session, and knows nothing of one that has not told', () => {
    const growth = new ArenaGrowth()
    growth.see([{ ...a, reservedBytes: 1000 }])
    expect(growth.mostGrown([{ name: 'a', session: {}, reservedBytes: 9000 }])).toBeNull()
    expect(growth.mostGrown([{ ...a, reservedBytes: null }])).toBeNull()
  })
})
