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
function busyScene(rates: (number | null)[], isTuned = false, utilisation = 0.7): Scene {
  const knowledge = {
    capacity: capacityReport(),
    settings: { ...settings, utilisation },
    profiles: new Map([[MODEL, modelProfile(MODEL, 10)]]),
    estimates: new Map(),
    defaultModel: MODEL,
  }
  const streams = rates.map((fps, i) => ({
    desired: { ...streamRecord(`s${i}`, { fps, priority: i + 1 }), ring: { row: i, slots: [i] } },
    seen: null,
  }))
  return {
    knowledge,
    streams,
    paused: [],
    reservations: [],
    degradations: new Map(),
    isTuned,
    busy: 1,
  }
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

it('slows those of no declared rate too, the least important first, where the operator said how busy the engine may be', () => {
  // 25 frames/s are what is assumed of a camera that was not seen: 0.25 of the time, beside 2 × 0.1.
  const steps = new Decider(10_000).decide(busyScene([null, 10, 10], true, 0.35), 0).steps
  expect(steps.map(({ stream, to }) => [stream, to.halvings])).toEqual([['s0', 1]])
})
