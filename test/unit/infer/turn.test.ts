/** Turns on the device: one at a time, in order, and nobody waits for ever. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Turn } from '../../../infer/turn.js'

describe('Turn', () => {
  it('is given at once where nobody has it, and then in the order of asking', () => {
    const turn = new Turn()
    const given: string[] = []
    for (const model of ['a', 'b', 'c']) turn.enter(() => given.push(model))
    expect(given).toEqual(['a'])
    turn.leave()
    turn.leave()
    expect(given).toEqual(['a', 'b', 'c'])
    turn.leave()
    turn.enter(() => given.push('d'))
    expect(given).toEqual(['a', 'b', 'c', 'd'])
  })

  it('is had by one model at a time, and whoever waits sees each other model served once at most', () => {
    const models = fc.integer({ min: 2, max: 6 })
    const steps = fc.array(fc.oneof(fc.nat({ max: 5 }), fc.constant('leave' as const)), { maxLength: 200 })
    fc.assert(
      fc.property(models, steps, (count, actions) => {
        const turn = new Turn()
        /** Waiting model → turns given to others since it asked. */
        const waiting = new Map<number, number>()
        let running: number | null = null
        const ask = (model: number): void => {
          waiting.set(model, -1)
          turn.enter(() => {
            expect(running).toBeNull()
            running = model
            expect(waiting.get(model)).toBeLessThan(count - 1)
            waiting.delete(model)
            for (const [other, turns] of waiting) waiting.set(other, turns + 1)
          })
          if (waiting.has(model)) waiting.set(model, 0)
        }
        for (const action of actions) {
          if (action !== 'leave') {
            const model = action % count
            if (model !== running && !waiting.has(model)) ask(model)
          } else if (running !== null) {
            running = null
            turn.leave()
          }
          expect(running === null && waiting.size > 0).toBe(false)
        }
      }),
      { numRuns: 500 },
    )
  })
})
