/** Counts outlive the slab they were made in, where the stream has another. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { inheritCounters } from '../../../../infer/host/inherit.js'
import { StreamReporter } from '../../../../infer/reporter.js'
import { SlabReader } from '../../../../shared/slab/lease.js'
import { RingWriter } from '../../../../shared/slab/ring-writer.js'
import { createTempSlab, stampOf, type TempSlab } from '../../../tools/temp-slab.js'

const ring = { row: 1, slots: [4, 5, 6, 7] }
let old: TempSlab
let next: TempSlab
beforeEach(() => {
  old = createTempSlab()
  next = createTempSlab({ widthPx: 32, heightPx: 32 })
})
afterEach(() => {
  old.close()
  next.close()
})

/** Frames that come to an end, and frames that stay in the slab. */
function feed({ slab }: TempSlab, incarnation: number, ended: number, waiting: number): SlabReader {
  const writer = new RingWriter(slab, ring, { id: 'gate', incarnation }, 2000)
  const reader = new SlabReader(slab, 2000)
  const commit = (seq: number) => writer.commit(writer.acquire() as number, stampOf(seq))
  for (let seq = 0; seq < ended; seq++) {
    const frame = reader.lease(commit(seq))!
    reader.release(frame)
    reader.finish(frame, 'inferred')
  }
  for (let seq = 0; seq < waiting; seq++) commit(ended + seq)
  return reader
}

describe('a slab that goes', () => {
  it('leaves its counts to the row of the stream in another; what waited there is lost, and counted', () => {
    const from = feed(old, 1, 5, 2)
    const to = feed(next, 1, 3, 1)
    inheritCounters(from.ledgers, to.ledgers)
    const { received, inferred, drops, inFlight, residual } = to.ledgers[1]!.balance()
    expect({ received, inferred, inFlight, residual }).toEqual({
      received: 11,
      inferred: 8,
      inFlight: 1,
      residual: 0,
    })
    expect(drops.stale_ref).toBe(2)
  })

  it('leaves nothing to another registration of the same id', () => {
    const to = feed(next, 2, 3, 0)
    inheritCounters(feed(old, 1, 5, 0).ledgers, to.ledgers)
    expect(to.ledgers[1]!.balance()).toMatchObject({ received: 3, inferred: 3, residual: 0 })
  })
})

describe('a stream in two slabs', () => {
  const reported = (readers: SlabReader[]) =>
    new StreamReporter(() => readers.flatMap(({ ledgers }) => ledgers)).collect().reports.get('gate')?.balance

  it('is reported as the sum of its rows', () => {
    expect(reported([feed(old, 1, 5, 2), feed(next, 1, 3, 1)])).toMatchObject({
      received: 11,
      inferred: 8,
      inFlight: 3,
      residual: 0,
    })
  })
  it('is reported without the row of an earlier registration, in whatever order they come', () => {
    const [before, after] = [feed(old, 1, 5, 2), feed(next, 2, 3, 1)]
    for (const readers of [
      [before, after],
      [after, before],
    ])
      expect(reported(readers)).toMatchObject({ received: 4, inferred: 3, inFlight: 1, residual: 0 })
  })
})
