import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { FrameRef } from '../../../shared/frame/frame-ref.js'
import { type LeasedFrame, SlabReader } from '../../../shared/slab/lease.js'
import { RingWriter, retireRow } from '../../../shared/slab/ring-writer.js'
import { createTempSlab, stampOf, type TempSlab } from '../../tools/temp-slab.js'

const ring = { row: 0, slots: [0, 1, 2, 3] }
const gate = { id: 'gate', incarnation: 1 }
let temp: TempSlab
beforeEach(() => {
  temp = createTempSlab()
})
afterEach(() => temp.close())

const writerOf = (stream = gate, leaseTimeoutMs = 2000): RingWriter =>
  new RingWriter(temp.slab, ring, stream, leaseTimeoutMs)
const readerOf = (leaseTimeoutMs = 2000): SlabReader => new SlabReader(temp.slab, leaseTimeoutMs)

function write(writer: RingWriter, seq: number): FrameRef {
  const slot = writer.acquire()
  if (slot === null) throw new Error('no slot')
  writer.pixels(slot).fill(seq % 256)
  return writer.commit(slot, stampOf(seq))
}

describe('one frame', () => {
  it('goes from writer to reader once', () => {
    const writer = writerOf()
    const reader = readerOf()
    const ref = write(writer, 7)
    const frame = reader.lease(ref) as LeasedFrame
    expect(frame).toMatchObject({ stream: 'gate', seq: 7, sourceWidthPx: 640, sourceHeightPx: 480 })
    expect(reader.pixels(frame).every(byte => byte === 7)).toBe(true)
    expect(reader.lease(ref)).toBeNull()
    expect(reader.release(frame)).toBe(true)
    expect(reader.release(frame)).toBe(false)
    reader.finish(frame, 'inferred')
    expect(writer.ledger.balance()).toMatchObject({ received: 1, inferred: 1, inFlight: 0, residual: 0 })
  })

  it('is stale for a reader of another epoch, slot or generation', () => {
    const ref = write(writerOf(), 1)
    const reader = readerOf()
    expect(reader.lease({ ...ref, slabEpoch: ref.slabEpoch + 1 })).toBeNull()
    expect(reader.lease({ ...ref, slot: 99 })).toBeNull()
    expect(reader.lease({ ...ref, generation: ref.generation + 1 })).toBeNull()
    expect(reader.lease(ref)).not.toBeNull()
  })
})

describe('a full ring', () => {
  it('overwrites its oldest frame, and counts it', () => {
    const writer = writerOf()
    const reader = readerOf()
    const refs = [1, 2, 3, 4, 5].map(seq => write(writer, seq))
    expect(reader.lease(refs[0] as FrameRef)).toBeNull()
    expect(reader.lease(refs[1] as FrameRef)).not.toBeNull()
    const { drops, residual } = writer.ledger.balance()
    expect({ overwritten: drops.ring_overwrite, residual }).toEqual({ overwritten: 1, residual: 0 })
  })

  it('gives no slot while all are leased, then takes back leases past their timeout', async () => {
    const writer = writerOf(gate, 50)
    const reader = readerOf(50)
    const leased = [1, 2, 3, 4].map(seq => reader.lease(write(writer, seq)) as LeasedFrame)
    expect(writer.acquire()).toBeNull()
    await new Promise(resolve => setTimeout(resolve, 60))
    const ref = write(writer, 6)
    expect(reader.release(leased.find(frame => frame.slot === ref.slot) as LeasedFrame)).toBe(false)
    const { received, drops, residual } = writer.ledger.balance()
    expect({ received, residual, ...drops }).toMatchObject({
      received: 6,
      residual: 0,
      ring_overwrite: 1,
      engine_error: 1,
    })
  })
})

describe('a new owner', () => {
  it('of the ring drops what a dead writer left half written', () => {
    const dead = writerOf()
    dead.acquire()
    const alive = writerOf()
    expect(alive.ledger.balance()).toMatchObject({
      received: 1,
      drops: { decode_error: 1 },
      inFlight: 0,
      residual: 0,
    })
  })

  it('of the slab settles what a dead reader held', () => {
    const writer = writerOf()
    const dead = readerOf()
    const first = dead.lease(write(writer, 1)) as LeasedFrame
    dead.release(first)
    dead.lease(write(writer, 2))
    expect(writer.ledger.balance()).toMatchObject({ inFlight: 2, residual: 0 })
    expect(readerOf().takeOver()).toBe(1)
    expect(writer.ledger.balance()).toMatchObject({
      received: 2,
      drops: { engine_error: 2 },
      inFlight: 0,
      residual: 0,
    })
  })

  it('of the row starts from zero; frames of the stream before it count nowhere', () => {
    const reader = readerOf()
    const before = writerOf()
    const frame = reader.lease(write(before, 1)) as LeasedFrame
    reader.release(frame)
    const after = writerOf({ id: 'gate', incarnation: 2 })
    reader.finish(frame, 'inferred')
    expect(after.ledger.balance()).toMatchObject({ received: 0, inferred: 0, inFlight: 0, residual: 0 })
    retireRow(temp.slab, ring.row)
    expect(after.ledger.stream).toBe('')
  })
})

describe('reclaim', () => {
  it('frees frames whose ref was lost, once', async () => {
    const writer = writerOf()
    const reader = readerOf()
    write(writer, 1)
    await new Promise(resolve => setTimeout(resolve, 20))
    expect(reader.reclaim(10)).toBe(1)
    expect(reader.reclaim(10)).toBe(0)
    expect(writer.ledger.balance()).toMatchObject({ drops: { stale_ref: 1 }, residual: 0 })
  })
})
