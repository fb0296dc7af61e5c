import { describe, expect, it } from 'vitest'
import { candidateBuckets, chooseThreads, chooseWindow, worthwhileBuckets } from '../../../infer/tune.js'

describe('buckets', () => {
  it('are one where the model takes one frame a run', () => {
    expect(candidateBuckets([1, 2, 8], 1, 'gpu')).toEqual([1])
  })
  it('are the operator’s, each once, in order', () => {
    expect(candidateBuckets([8, 1, 8], 'dynamic', 'cpu')).toEqual([1, 8])
    expect([
      ...worthwhileBuckets(
        [1, 8],
        new Map([
          [1, 10],
          [8, 100],
        ]),
      ).keys(),
    ]).toEqual([1, 8])
  })
  it('are tried up to 4 on a CPU and up to 64 on a GPU', () => {
    expect(candidateBuckets('auto', 'dynamic', 'cpu')).toEqual([1, 2, 4])
    expect(candidateBuckets('auto', 'dynamic', 'gpu')).toEqual([1, 2, 4, 8, 16, 32, 64])
  })
  it('are those of a GPU that it did not refuse, as long as each gains', () => {
    const measured = new Map([
      [1, 1],
      [2, 1.1],
      [8, 2.5],
      [32, 7.4],
      [64, 14.7],
    ])
    expect([...worthwhileBuckets('auto', measured).keys()]).toEqual([1, 2, 8, 32])
  })
  it('are kept when they save time a frame, and left out when they do not', () => {
    const kept = worthwhileBuckets(
      'auto',
      new Map([
        [1, 20],
        [2, 34],
        [4, 67],
      ]),
    )
    expect([...kept]).toEqual([
      [1, 20],
      [2, 34],
    ])
  })
})

describe('threads', () => {
  it('leave a core in eight to the decoders', () => {
    expect([1, 2, 8, 16, 64].map(cores => chooseThreads('auto', cores))).toEqual([1, 2, 7, 14, 16])
    expect(chooseThreads(3, 64)).toBe(3)
  })
})

describe('window', () => {
  const short = new Map([
    [1, 2],
    [2, 3],
    [64, 9],
  ])
  const long = new Map([
    [1, 20],
    [2, 30],
  ])
  it('is none where there is nothing to gain, or a run is long', () => {
    expect(chooseWindow('auto', new Map([[1, 2]]), 'gpu')).toEqual({ leastMs: 0, mostMs: 0 })
    expect(chooseWindow('auto', long, 'cpu')).toEqual({ leastMs: 0, mostMs: 0 })
    expect(chooseWindow('auto', short, 'cpu')).toEqual({ leastMs: 1, mostMs: 1 })
  })
  it('of a GPU grows to a run of the largest batch, and not beyond 12 ms', () => {
    expect(chooseWindow('auto', short, 'gpu')).toEqual({ leastMs: 1, mostMs: 9 })
    expect(chooseWindow('auto', long, 'gpu')).toEqual({ leastMs: 0, mostMs: 12 })
  })
  it('is what an operator says', () => {
    expect(chooseWindow(7, short, 'gpu')).toEqual({ leastMs: 7, mostMs: 7 })
  })
})
