import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { reasonOf } from '../../../ingest/decoder/failure.js'
import { begin, type Machine, type SessionEvent, step, transitions } from '../../../ingest/session/state.js'
import { reasonCodes } from '../../../shared/stream/stream.js'

const reason = fc.constantFrom(...reasonCodes).map(code => reasonOf(code, 'cam:554'))
const event: fc.Arbitrary<SessionEvent> = fc.oneof(
  fc.record({ kind: fc.constant('waiting' as const), reason: fc.option(reason) }),
  fc.record({
    kind: fc.constantFrom('frame' as const, 'retry' as const, 'restart' as const, 'resume' as const),
  }),
  fc.record({ kind: fc.constantFrom('gap' as const, 'pause' as const, 'close' as const), reason }),
  fc.record({ kind: fc.constant('end' as const), reason, permanent: fc.boolean() }),
)

describe('states', () => {
  it('change only in declared ways, whatever happens in whatever order', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), events => {
        let machine: Machine = begin(0)
        events.forEach((happening, i) => {
          const next = step(machine, happening, i + 1)
          const declared = transitions[machine.state][happening.kind]
          if (next !== machine) expect([declared, 'failed']).toContain(next.state)
          if (next.state === 'failed' && machine.state !== 'failed')
            expect([machine.state, happening.kind]).toEqual(['connecting', 'end'])
          expect(next.sinceMs).toBe(next.state === machine.state ? machine.sinceMs : i + 1)
          if (next.state === 'live') expect(next.reason).toBeNull()
          if (!['live', 'connecting'].includes(next.state)) expect(next.reason?.text).toBeTruthy()
          machine = next
        })
      }),
      { numRuns: 2000 },
    )
  })

  it('closed is for good', () => {
    const closed = step(begin(0), { kind: 'close', reason: reasonOf('removed') }, 1)
    fc.assert(fc.property(event, happening => step(closed, happening, 2) === closed))
  })

  it('connecting again says what went wrong until a frame comes', () => {
    const why = reasonOf('connection_refused', 'cam:554')
    const back = step(begin(0), { kind: 'end', reason: why, permanent: false }, 1)
    const again = step(back, { kind: 'retry' }, 2)
    expect(again).toEqual({ state: 'connecting', reason: why, sinceMs: 2 })
    expect(step(again, { kind: 'frame' }, 3)).toEqual({ state: 'live', reason: null, sinceMs: 3 })
  })

  it('a live stream never fails for good: the camera proved that it works', () => {
    const live = step(begin(0), { kind: 'frame' }, 1)
    expect(step(live, { kind: 'end', reason: reasonOf('not_found', 'cam'), permanent: true }, 2).state).toBe(
      'backing_off',
    )
  })
})
