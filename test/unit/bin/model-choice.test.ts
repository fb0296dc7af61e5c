/** Which precision is advised: a table of cases, and what must hold of any. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Candidate, choose } from '../../../bin/model/choice.js'
import { median, quantile } from '../../../bin/model/quantile.js'
import { speedsOf } from '../../../bin/model/rounds.js'

const of = (precision: Candidate['precision'], ratio: number, map: number, spread = 0.02): Candidate => ({
  name: precision === 'fp32' ? 'm' : `m@${precision}`,
  precision,
  ratio: { median: ratio, low: ratio - spread, high: ratio + spread },
  map,
})
const fp32 = of('fp32', 1, 0.34, 0)

describe('the advice', () => {
  it.each([
    ['the fastest within the loss', [of('fp16', 1.2, 0.34), of('int8', 1.7, 0.335)], 'm@int8'],
    ['the next where the fastest loses too much', [of('fp16', 1.2, 0.34), of('int8', 1.7, 0.31)], 'm@fp16'],
    ['fp32 where nothing is faster', [of('fp16', 0.9, 0.34), of('int8', 1.03, 0.34)], 'm'],
    ['fp32 where the rounds do not agree', [of('int8', 1.3, 0.34, 0.4)], 'm'],
    ['fp32 where there is nothing else', [], 'm'],
  ])('is %s', (_case, others, name) => expect(choose([fp32, ...others], 0.01).name).toBe(name))

  it('says why, of each', () => {
    const { reasons } = choose([fp32, of('fp16', 0.9, 0.3399), of('int8', 1.7, 0.31)], 0.01)
    expect(reasons.join('\n')).toMatch(
      /m@int8 gives 1\.70 times .* loses 3\.00 points .*, more than the 1\.00/,
    )
    expect(reasons.join('\n')).toMatch(/m@fp16 gives 0\.90 times .* too little speed/)
    expect(reasons.join('\n')).toMatch(/no half-precision kernels/)
  })

  it('says so where the rounds disagree', () =>
    expect(choose([fp32, of('int8', 1.3, 0.34, 0.4)], 0.01).reasons.join()).toMatch(/the rounds disagree/))

  it('never loses more than is allowed, and never is a slower one', () => {
    const ratio = fc.double({ min: 0.2, max: 4, noNaN: true })
    const map = fc.double({ min: 0, max: 1, noNaN: true })
    const candidate = fc.tuple(fc.constantFrom('fp16' as const, 'int8' as const), ratio, map)
    fc.assert(
      fc.property(fc.array(candidate, { maxLength: 3 }), map, map, (others, own, maxLoss) => {
        const candidates = [
          of('fp32', 1, own, 0),
          ...others.map(([p, r, m], i) => ({ ...of(p, r, m), name: `${i}` })),
        ]
        const chosen = candidates.find(({ name }) => name === choose(candidates, maxLoss).name)!
        if (chosen.precision === 'fp32') return
        expect(own - chosen.map).toBeLessThanOrEqual(maxLoss)
        expect(chosen.ratio.low).toBeGreaterThan(1)
      }),
    )
  })
})

describe('speeds in turns', () => {
  it('compare what was measured side by side, whatever disturbed both', () => {
    const busy = [1, 5, 1, 3, 1, 8, 2]
    const times = (ms: number) => new Map([[1, busy.map(factor => [ms * factor, ms * factor * 4])]])
    const [own, twice] = speedsOf([times(20), times(10)])
    expect(own!.ratio).toEqual({ median: 1, low: 1, high: 1 })
    expect(twice!.ratio).toEqual({ median: 2, low: 2, high: 2 })
  })

  it('are those of the best bucket', () => {
    const [speed] = speedsOf([
      new Map([
        [1, [[10, 12, 11]]],
        [4, [[30, 31, 32]]],
      ]),
    ])
    expect(speed!.best).toEqual({ bucket: 4, runMs: 31, framesPerSecond: 4000 / 31 })
    expect(speed!.buckets.map(({ runMs }) => runMs)).toEqual([11, 31])
  })
})

describe('quantiles', () => {
  it('lie where they should', () => {
    expect([quantile([3, 1, 2], 0), median([3, 1, 2]), quantile([3, 1, 2], 1)]).toEqual([1, 2, 3])
    expect(quantile([0, 10], 0.25)).toBe(2.5)
    expect(median([])).toBeNaN()
  })
})
