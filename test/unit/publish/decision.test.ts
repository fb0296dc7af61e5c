/** An engine busier than its streams were reckoned to make it: they are slowed where all of them declared a rate, and only there. */
import { expect, it } from 'vitest'
import { Decider } from '../../../publish/budget/decision.js'
import type { Scene } from '../../../publish/budget/scene.js'
import { capacityReport, modelProfile } from '../../tools/budget-reports.js'
import { streamRecord } from '../../tools/reservations.js'
import { MODEL } from '../../tools/stage-reports.js'

const settings = {
  memoryFraction: 0.8,
  reserveFraction: 0.05,
  utilisation: 0.7,
  maxStreams: null,
  latencyTargetMs: 100,
  batchWindowMs: null,
}

/** Three streams that are reckoned to take 0.3 of the engine's time, and take all of it. @param rates frame rate caps. */
function busyScene(rates: (number | null)[]): Scene {
  const knowledge = {
    capacity: capacityReport(),
    settings,
    profiles: new Map([[MODEL, modelProfile(MODEL, 10)]]),
    estimates: new Map(),
    defaultModel: MODEL,
  }
  const streams = rates.map((fps, i) => ({
    desired: { ...streamRecord(`s${i}`, { fps, priority: i + 1 }), ring: { row: i, slots: [i] } },
    seen: null,
  }))
  return { knowledge, streams, reservations: [], degradations: new Map(), busy: 1 } as unknown as Scene
}

const stepsOf = (rates: (number | null)[]): string[] => {
  const decider = new Decider(10_000)
  decider.decide(busyScene(rates), 0)
  return decider.decide(busyScene(rates), 10_000).steps.map(({ stream }) => stream)
}

it('slows the least important where every rate was declared', () => {
  expect(stepsOf([10, 10, 10])[0]).toBe('s0')
})

it('slows nobody where one of no declared rate takes the time that is left', () => {
  expect(stepsOf([10, 10, null])).toEqual([])
})
