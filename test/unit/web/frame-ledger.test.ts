/** The ledgers of streams added up, for the table of frames. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ledgerOf } from '../../../publish/web/memory/frame-ledger.js'
import { dropReasons } from '../../../shared/frame/balance.js'
import { balance } from '../../tools/stage-reports.js'

describe('ledgerOf', () => {
  it('has a sum of zeros and no reasons where there are no streams', () => {
    expect(ledgerOf([])).toEqual({ reasons: [], sum: balance({}, {}), unaccounted: 0 })
  })

  it('adds the streams up, and names the reasons that occur in any of them, in their order', () => {
    const gate = balance({ received: 60, inferred: 50, inFlight: 2 }, { shutdown: 1, stale_ref: 7 })
    const yard = balance({ received: 30, inferred: 20, inFlight: 1 }, { ring_overwrite: 9 })
    const ledger = ledgerOf([{ frames: gate }, { frames: yard }])
    expect(ledger.reasons).toEqual(['ring_overwrite', 'stale_ref', 'shutdown'])
    expect(ledger.sum).toEqual(
      balance({ received: 90, inferred: 70, inFlight: 3 }, { ring_overwrite: 9, stale_ref: 7, shutdown: 1 }),
    )
    expect(ledger.unaccounted).toBe(0)
  })

  it('does not let a surplus hide a loss', () => {
    const lost = balance({ received: 10, inferred: 7, residual: 3 }, {})
    const twice = balance({ received: 10, inferred: 13, residual: -3 }, {})
    const ledger = ledgerOf([{ frames: lost }, { frames: twice }])
    expect([ledger.sum.residual, ledger.unaccounted]).toEqual([0, 6])
  })

  it('balances in the sum, over the reasons shown, whatever balances in each stream', () => {
    const count = fc.nat({ max: 1e9 })
    const drops = fc.record(Object.fromEntries(dropReasons.map(reason => [reason, count])))
    const residual = fc.integer({ min: -5, max: 5 })
    const stream = fc.record({ inferred: count, inFlight: count, residual, drops }).map(parts => {
      const dropped = dropReasons.reduce((sum, reason) => sum + parts.drops[reason]!, 0)
      const received = parts.inferred + parts.inFlight + parts.residual + dropped
      return { frames: balance({ ...parts, received }, parts.drops) }
    })
    fc.assert(
      fc.property(fc.array(stream, { maxLength: 8 }), list => {
        const { sum, reasons } = ledgerOf(list)
        const dropped = reasons.reduce((total, reason) => total + sum.drops[reason], 0)
        expect(sum.inferred + dropped + sum.inFlight + sum.residual).toBe(sum.received)
      }),
    )
  })
})
