/** A kill at any store of any operation on a slab: the balance holds at once, with the other process going on, and after the successor took over. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { FrameBalance } from '../../../shared/frame/balance.js'
import { type LeasedFrame, SlabReader } from '../../../shared/slab/lease.js'
import { RingWriter, retireRow } from '../../../shared/slab/ring-writer.js'
import { killPoints, restore } from '../../tools/kill-points.js'
import { createTempSlab, leaseReady, stampOf, type TempSlab } from '../../tools/temp-slab.js'

const RING = { row: 1, slots: [2, 3, 4, 5] }
const GATE = { id: 'gate', incarnation: 1 }
const YARD = { id: 'yard', incarnation: 2 }

let temp: TempSlab
let writer: RingWriter
let reader: SlabReader
let seq: number
let delivered: number[]
/** What the reader holds. */
let leased: LeasedFrame[]
let inEngine: LeasedFrame[]

const newWriter = (stream = GATE): RingWriter => new RingWriter(temp.slab, RING, stream, 2000)
const newReader = (): SlabReader => new SlabReader(temp.slab, 2000)
const takenOver = (): SlabReader => {
  const next = newReader()
  next.takeOver()
  return next
}
const balance = (): FrameBalance => reader.ledgers[RING.row]!.balance()

/** With a past in every counter that a later step could lose. */
beforeEach(() => {
  temp = createTempSlab({ widthPx: 32, heightPx: 32 })
  ;[writer, reader, seq, delivered, leased, inEngine] = [newWriter(), newReader(), 0, [], [], []]
  hold(9)
  for (const frame of leased.splice(0)) if (reader.release(frame)) inEngine.push(frame)
  reader.finish(inEngine.pop()!, 'inferred')
  reader.finish(inEngine.pop()!, 'engine_error')
})
afterEach(() => temp.close())

function write(frames = 1): void {
  for (let frame = 0; frame < frames; frame++) {
    const slot = writer.acquire()
    if (slot !== null) writer.commit(slot, stampOf(seq++))
  }
}

/** Everything that waits. */
function lease(): void {
  const frames = leaseReady(reader, temp.slab)
  delivered.push(...frames.map(frame => frame.seq))
  leased.push(...frames)
}

function hold(frames: number): void {
  write(frames)
  lease()
}

/** Everything that waits and everything that is held comes to its end. */
function drain(): void {
  lease()
  for (const frame of leased.splice(0)) if (reader.release(frame)) inEngine.push(frame)
  for (const frame of inEngine.splice(0)) reader.finish(frame, 'inferred')
}

interface Operation {
  name: string
  /** Brings the slab to where the operation begins. */
  before?: () => void
  run: () => unknown
}

const ingest: Operation[] = [
  { name: 'takes a free slot', run: () => writer.acquire() },
  { name: 'overwrites the oldest frame', before: () => write(4), run: () => writer.acquire() },
  {
    name: 'takes an expired lease',
    before: () => {
      hold(4)
      writer = new RingWriter(temp.slab, RING, GATE, 0)
    },
    run: () => writer.acquire(),
  },
  { name: 'finds every slot leased', before: () => hold(4), run: () => writer.acquire() },
  { name: 'refuses a frame', run: () => writer.refuse('rate_limited') },
  { name: 'commits', before: () => writer.acquire(), run: () => writer.commit(2, stampOf(seq++)) },
  { name: 'abandons', before: () => writer.acquire(), run: () => writer.abandon(2, 'paused') },
  { name: 'resumes a ring', before: () => writer.acquire(), run: () => newWriter() },
]

const infer: Operation[] = [
  { name: 'leases', before: write, run: lease },
  { name: 'releases', before: () => hold(1), run: () => reader.release(leased[0]!) },
  { name: 'finishes', run: () => reader.finish(inEngine[0]!, 'inferred') },
  { name: 'fails', run: () => reader.finish(inEngine[0]!, 'engine_error') },
  { name: 'discards', before: write, run: () => reader.discard(refOf(2), 'stale_ref') },
  {
    name: 'reclaims leases',
    before: () => {
      hold(1)
      write()
    },
    run: () => new SlabReader(temp.slab, 0).reclaim(60_000),
  },
  { name: 'reclaims frames whose refs were lost', before: write, run: () => reader.reclaim(0) },
  { name: 'takes over', before: () => hold(3), run: () => takenOver() },
  {
    name: 'inherits',
    run: () => reader.ledgers[RING.row]!.inherit({ ...balance(), inferred: 7, inFlight: 3 }),
  },
  {
    name: 'counts the first frame of another term',
    before: () => {
      writer = newWriter({ ...GATE, incarnation: 3 })
      writer = newWriter()
      ;[leased, inEngine] = [[], []]
      write()
    },
    run: () => reader.discard(refOf(2), 'stale_ref'),
  },
]

function refOf(slot: number) {
  const generation = temp.slab.words(slot)[0]! >>> 2
  return { slabEpoch: temp.slab.epoch, slot, generation, stream: 'gate' }
}

function statesOf({ before, run }: Operation): Promise<Uint8Array[]> {
  before?.()
  return killPoints(temp.path, run)
}

/** From each state: what `goOn` makes of it. */
function follow<T>(states: readonly Uint8Array[], goOn: () => T): T[] {
  const held = { leased: [...leased], inEngine: [...inEngine], delivered: [...delivered], seq }
  return states.map(state => {
    restore(temp.path, state)
    ;[leased, inEngine, delivered] = [[...held.leased], [...held.inEngine], [...held.delivered]]
    seq = held.seq + 1 // a frame that was being committed keeps its own
    return goOn()
  })
}

/** Nothing at first, all of it from some step on. */
function expectOneStep(results: readonly FrameBalance[]): void {
  const [first, last] = [results[0], results.at(-1)]
  const done = results.findIndex(result => JSON.stringify(result) === JSON.stringify(last))
  expect(results).toEqual(results.map((_, state) => (state < done ? first : last)))
}

function expectBalanced(state: FrameBalance): void {
  expect(state).toMatchObject({ residual: 0 })
}

/** Before, after, and something between: the stepper has seen the stores. */
const expectSteps = (states: readonly Uint8Array[]): void => expect(states.length).toBeGreaterThan(2)

it.each(ingest)('ingest, killed while it $name', async operation => {
  const states = await statesOf(operation)
  expectSteps(states)
  expectOneStep(follow(states, balance))
  expectOneStep(follow(states, () => newWriter().ledger.balance()))
  for (const left of follow(states, retired)) expect(left).toMatchObject({ received: 0, residual: 0 })
  for (const left of follow(states, inferGoesOn)) expect(left).toMatchObject({ inFlight: 0, residual: 0 })

  function retired(): FrameBalance {
    retireRow(temp.slab, RING.row)
    return balance()
  }
  function inferGoesOn(): FrameBalance {
    drain()
    expectBalanced(balance())
    writer = newWriter()
    write(9)
    drain()
    expect(new Set(delivered).size).toBe(delivered.length)
    return balance()
  }
})

it.each(infer)('infer, killed while it $name', async operation => {
  const states = await statesOf(operation)
  expectSteps(states)
  for (const left of follow(states, balance)) expectBalanced(left)
  const settled = follow(states, () => takenOver().ledgers[RING.row]!.balance())
  expectOneStep(settled)
  const { received } = settled.at(-1)!
  for (const left of follow(states, ingestGoesOn)) {
    expect(left).toMatchObject({ inFlight: 0, residual: 0 })
    if (operation.name !== 'inherits') expect(left.received).toBe(received + 18)
  }

  function ingestGoesOn(): FrameBalance {
    write(9)
    writer = newWriter()
    write(9)
    expectBalanced(balance())
    takenOver()
    ;[leased, inEngine] = [[], []]
    expectBalanced(balance())
    drain()
    expect(new Set(delivered).size).toBe(delivered.length)
    return balance()
  }
})

it('infer intends nothing for a slot that it has freed already: the slot would say that it happened', async () => {
  hold(1)
  new SlabReader(temp.slab, 0).reclaim(60_000)
  expect(await statesOf({ name: '', run: () => reader.release(leased[0]!) })).toHaveLength(1)
})

describe('a row that goes to another registration, killed at any store', () => {
  const retire = (): void => retireRow(temp.slab, RING.row)
  const cases = [
    { name: 'taken', run: () => newWriter(YARD), again: () => newWriter(YARD) },
    { name: 'retired', run: retire, again: retire },
    { name: 'retired, then wanted again', run: retire, again: () => newWriter() },
  ]
  it.each(cases)('counts for one registration or for none: $name', async ({ name, run, again }) => {
    hold(3)
    write(2)
    const { received } = balance()
    const states = await statesOf({ name, run })
    expectSteps(states)
    const results = follow(states, goOn)
    const kept = again === retire || name === 'taken' ? 0 : received
    expect(results.map(({ received }) => received)).toEqual([kept, ...results.slice(1).map(() => 0)])

    function goOn(): FrameBalance {
      expectBalanced(balance())
      const frame = leased.pop()!
      if (reader.release(frame)) inEngine.push(frame)
      reader.finish(inEngine.pop()!, 'inferred')
      expectBalanced(balance())
      again()
      expectBalanced(balance())
      drain()
      expect(balance()).toMatchObject({ residual: 0, inFlight: 0 })
      return balance()
    }
  })
})
