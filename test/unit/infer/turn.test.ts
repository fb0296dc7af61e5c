/** Turns on the device: no more at once than it has places, in order, alone where that was asked, and nobody waits for ever. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Turn } from '../../../infer/turn.js'
import { monotonicMs, sleep } from '../../../shared/clock.js'

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

  it('is given to as many as there are places, and to the next when one of them leaves', () => {
    const turn = new Turn(2)
    const given: string[] = []
    for (const model of ['a', 'b', 'c', 'd']) turn.enter(() => given.push(model))
    expect(given).toEqual(['a', 'b'])
    turn.leave()
    expect(given).toEqual(['a', 'b', 'c'])
  })

  it('is had alone where that was asked: when all have left, before those who asked later', () => {
    const turn = new Turn(2)
    const given: string[] = []
    turn.enter(() => given.push('a'))
    turn.alone.enter(() => given.push('alone'))
    turn.enter(() => given.push('b'))
    turn.enter(() => given.push('c'))
    expect(given).toEqual(['a'])
    turn.leave()
    expect(given).toEqual(['a', 'alone'])
    turn.alone.leave()
    expect(given).toEqual(['a', 'alone', 'b', 'c'])
  })

  it('counts the time in which anybody had a place, once', async () => {
    const turn = new Turn(2)
    const startedMs = monotonicMs()
    turn.enter(() => undefined)
    turn.enter(() => undefined)
    await sleep(30)
    turn.leave()
    turn.leave()
    const tookMs = monotonicMs() - startedMs
    const { busyMs } = turn
    expect(busyMs).toBeGreaterThan(29)
    expect(busyMs).toBeLessThanOrEqual(tookMs)
    await sleep(10)
    expect(turn.busyMs).toBe(busyMs)
  })

  it('does not count the time of whoever had it alone', async () => {
    const turn = new Turn(2)
    turn.alone.enter(() => undefined)
    await sleep(10)
    turn.alone.leave()
    expect(turn.busyMs).toBe(0)
  })

  it('goes to no more than fit, and whoever waits sees each other model served once at most', () => {
    const steps = fc.array(
      fc.record({ model: fc.nat(5), what: fc.constantFrom('ask', 'ask_alone', 'leave') }),
      { maxLength: 200 },
    )
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 2, max: 6 }),
        steps,
        (places, count, all) => {
          const turn = new Turn(places)
          /** Waiting model → turns given to others since it asked. */
          const waiting = new Map<number, number>()
          const wantAlone = new Set<number>()
          /** Models with a place; one may have several. */
          const running: { model: number; alone: boolean }[] = []
          const ask = (model: number, alone: boolean): void => {
            waiting.set(model, 0)
            if (alone) wantAlone.add(model)
            const of = alone ? turn.alone : turn
            of.enter(() => {
              expect(running.length).toBeLessThan(alone ? 1 : places)
              expect(running.some(other => other.alone)).toBe(false)
              expect(waiting.get(model)).toBeLessThan(count)
              running.push({ model, alone })
              waiting.delete(model)
              wantAlone.delete(model)
              for (const [other, turns] of waiting) waiting.set(other, turns + 1)
            })
          }
          for (const { model: any, what } of all) {
            const model = any % count
            if (what === 'leave') {
              const left = running.shift()
              if (left) (left.alone ? turn.alone : turn).leave()
            } else if (!waiting.has(model)) ask(model, what === 'ask_alone')
            const isFree = running.length < places && !running.some(({ alone }) => alone)
            if (wantAlone.size === 0) expect(isFree && waiting.size > 0).toBe(false)
            expect(running.length === 0 && waiting.size > 0).toBe(false)
          }
        },
      ),
      { numRuns: 500 },
    )
  })
})
