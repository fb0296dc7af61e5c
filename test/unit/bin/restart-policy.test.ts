/** When a stage is started again: never too fast, never for ever against a fault that lasts. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decideRestart, noFailures } from '../../../bin/supervisor/restart-policy.js'
import { type ErrorCode, errorTable } from '../../../shared/errors.js'

const codes = Object.keys(errorTable) as ErrorCode[]

/** Delays of ends that follow one another, until it gives up. */
function delays(ends: { ranMs: number; fault: ErrorCode | null }[]): (number | 'give_up')[] {
  let history = noFailures
  const seen: (number | 'give_up')[] = []
  for (const { ranMs, fault } of ends) {
    const decision = decideRestart(history, ranMs, fault)
    seen.push(decision.kind === 'restart' ? decision.delayMs : 'give_up')
    if (decision.kind === 'give_up') break
    history = decision.history
  }
  return seen
}

describe('decideRestart', () => {
  it('doubles from 250 ms to 8 s', () => {
    const ends = Array.from({ length: 8 }, () => ({ ranMs: 100, fault: null }))
    expect(delays(ends)).toEqual([250, 500, 1000, 2000, 4000, 8000, 8000, 8000])
  })

  it('begins anew after 30 s of health', () => {
    const quick = { ranMs: 100, fault: null }
    expect(delays([quick, quick, quick, { ranMs: 30_000, fault: null }, quick])).toEqual([
      250, 500, 1000, 250, 500,
    ])
  })

  it('gives up at the third end in a row with the same lasting fault', () => {
    for (const fault of ['model_invalid', 'gpu_unavailable'] as const) {
      const end = { ranMs: 500, fault }
      expect(delays([end, end, end])).toEqual([250, 500, 'give_up'])
    }
  })

  it('does not give up where another start may help, or the faults differ, or it ran well between', () => {
    for (const fault of ['engine_failed', 'gpu_lost'] as const) {
      const end = { ranMs: 500, fault }
      expect(delays(Array.from({ length: 20 }, () => end))).not.toContain('give_up')
    }
    const model = { ranMs: 500, fault: 'model_invalid' as const }
    const shm = { ranMs: 500, fault: 'shm_too_small' as const }
    expect(delays([model, model, shm, model, model, shm])).not.toContain('give_up')
    expect(delays([model, model, { ...model, ranMs: 31_000 }, model])).not.toContain('give_up')
  })

  it('keeps every delay within its bounds, whatever happens', () => {
    const end = fc.record({
      ranMs: fc.double({ min: 0, max: 1e6, noNaN: true }),
      fault: fc.option(fc.constantFrom(...codes)),
    })
    fc.assert(
      fc.property(fc.array(end, { maxLength: 60 }), ends => {
        for (const delay of delays(ends)) {
          if (delay === 'give_up') continue
          expect(delay).toBeGreaterThanOrEqual(250)
          expect(delay).toBeLessThanOrEqual(8000)
        }
      }),
    )
  })
})
