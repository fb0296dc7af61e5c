/** When the engine counts as busier than its streams were reckoned to make it, and how much dearer they are then. */
import { expect, it } from 'vitest'
import { Pressure } from '../../../publish/budget/pressure.js'
import type { DegradableStream } from '../../../shared/budget/degradable.js'
import { noAmounts } from '../../../shared/budget/resources.js'
import { asDeclared, lowered } from '../../../shared/budget/setting.js'

const stream = (computePpm: number): DegradableStream => ({
  id: 'a',
  priority: 1,
  fps: 10,
  hasFallback: false,
  load: () => ({ model: 'm', own: { ...noAmounts, computePpm }, shared: noAmounts }),
})
const busy = { busy: 0.9, utilisation: 0.7, reckonedPpm: 300_000, fps: 10, degraded: false }

it('engages when it has been busy for ten seconds on end, and reckons streams as dear as they were measured', () => {
  const pressure = new Pressure()
  pressure.observe(busy, 0)
  pressure.observe(busy, 9999)
  expect(pressure.engaged).toBe(false)
  pressure.observe(busy, 10_000)
  expect(pressure.engaged).toBe(true)
  expect(pressure.correct(stream(300_000)).load(asDeclared).own.computePpm).toBe(900_000)
})

it('begins to count anew where it was not busy in between', () => {
  const pressure = new Pressure()
  for (const [share, atMs] of [
    [0.9, 0],
    [0.8, 6000],
    [0.9, 7000],
    [0.9, 16_000],
  ] as const)
    pressure.observe({ ...busy, busy: share }, atMs)
  expect(pressure.engaged).toBe(false)
})

it('reckons by frames where no model was ever measured', () => {
  const pressure = new Pressure()
  for (const atMs of [0, 10_000]) pressure.observe({ ...busy, reckonedPpm: 0 }, atMs)
  expect(pressure.correct(stream(0)).load(asDeclared).own.computePpm).toBe(900_000)
})

it('never pauses a stream, and lets go when nothing is degraded and the engine has rest', () => {
  const pressure = new Pressure()
  for (const atMs of [0, 10_000]) pressure.observe(busy, atMs)
  expect(lowered(asDeclared, 'pause', pressure.correct(stream(1)))).toBeNull()
  pressure.observe({ ...busy, busy: 0.5, degraded: true }, 11_000)
  expect(pressure.engaged).toBe(true)
  pressure.observe({ ...busy, busy: 0.5 }, 12_000)
  expect(pressure.engaged).toBe(false)
})
