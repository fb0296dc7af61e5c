/** The batch window under load: a simulated engine whose runs take what a GPU's were measured to take. */
import { describe, expect, it } from 'vitest'
import { chooseBatch, type PendingFrame } from '../../../infer/batch/choose-batch.js'
import { BatchWindow, type WindowRange } from '../../../infer/batch/window.js'

/** YOLOv8n in fp16 on an H200: about 1 ms, and 0.125 ms a frame. */
const runMs = new Map([1, 2, 4, 8, 16, 32, 64].map(bucket => [bucket, 1 + 0.125 * bucket]))
const SECONDS = 4
const STEP_MS = 0.05

/** Streams at 25 fps, one batch at a time; of the last second: share of time in which the engine ran, frames that waited longest, done. */
function simulate(streams: number, range: WindowRange) {
  const window = new BatchWindow(range)
  const served = new Map<string, number>()
  let pending: PendingFrame[] = []
  const total = { busyMs: 0, worstMs: 0, done: 0, windowMs: 0 }
  let busyMs = 0
  let freeAtMs = 0
  const due = Array.from({ length: streams }, (_, i) => ({ atMs: (i * 40) / streams, seq: 0 }))
  for (let now = 0; now < SECONDS * 1000; now += STEP_MS) {
    const isCounted = now >= (SECONDS - 1) * 1000
    due.forEach((next, i) => {
      if (next.atMs > now) return
      pending.push({ stream: `s${i}`, seq: next.seq++, committedMs: next.atMs })
      next.atMs += 40
    })
    if (now < freeAtMs) {
      busyMs += STEP_MS
      if (isCounted) total.busyMs += STEP_MS
      continue
    }
    const windowMs = window.ms(busyMs, now)
    const { batch, bucket } = chooseBatch(pending, now, served, {
      windowMs,
      maxAgeMs: 1e6,
      supersedeMs: 1e6,
      runMs,
    })
    if (batch.length === 0) continue
    pending = pending.filter(frame => !batch.includes(frame))
    for (const { stream } of batch) served.set(stream, now)
    freeAtMs = now + (runMs.get(bucket) as number)
    if (!isCounted) continue
    total.done += batch.length
    total.windowMs = windowMs
    total.worstMs = Math.max(total.worstMs, ...batch.map(({ committedMs }) => freeAtMs - committedMs))
  }
  return { ...total, busy: total.busyMs / 1000 }
}

const grows: WindowRange = { leastMs: 0.5, mostMs: 9 }
const fixed: WindowRange = { leastMs: 0.5, mostMs: 0.5 }

describe('the batch window', () => {
  it('of an engine that is hardly used is the least', () => {
    const { windowMs, worstMs } = simulate(2, grows)
    expect(windowMs).toBe(0.5)
    expect(worstMs).toBeLessThan(2.5)
  })
  it('grows with the load, so that fewer and larger batches leave the GPU to others', () => {
    const small = simulate(64, fixed)
    const large = simulate(64, grows)
    expect(small.busy).toBeGreaterThan(0.75)
    expect(large.busy).toBeLessThan(0.6)
    expect(large.worstMs).toBeLessThan(20)
  })
  it.each([2, 16, 64, 128, 200])('loses no frame of %i streams, within what the engine can do', streams => {
    const { done } = simulate(streams, grows)
    expect(Math.abs(done - streams * 25)).toBeLessThanOrEqual(64)
  })
  it('follows what an operator sets', () => {
    const window = new BatchWindow(grows)
    window.range = { leastMs: 3, mostMs: 3 }
    expect(window.ms(0, 0)).toBe(3)
    expect(window.lastMs).toBe(3)
  })
})
