/** The frame writer over a real slab: bytes cut at random become whole frames, and every frame has its outcome. */
import zlib from 'node:zlib'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { type FrameOwner, FrameWriter, type Ring } from '../../../ingest/decoder/frame-writer.js'
import { RateLimit } from '../../../ingest/decoder/rate-limit.js'
import type { FrameRef } from '../../../shared/frame/frame-ref.js'
import { SlabReader } from '../../../shared/slab/lease.js'
import { RingWriter } from '../../../shared/slab/ring-writer.js'
import { createTempSlab, type TempSlab } from '../../tools/temp-slab.js'

const slabs: TempSlab[] = []
afterEach(() => {
  for (const each of slabs.splice(0)) each.close()
})

interface Bench {
  ring: Ring
  reader: SlabReader
  writer: FrameWriter
  refs: { ring: Ring; ref: FrameRef }[]
  arrived: number
}

function ringOf(slabId: string): { ring: Ring; reader: SlabReader } {
  const temp = createTempSlab()
  slabs.push(temp)
  const writer = new RingWriter(temp.slab, { row: 0, slots: [0, 1, 2] }, { id: 'gate', incarnation: 1 }, 2000)
  const { frameBytes } = temp.slab.layout
  return { ring: { writer, slabId, frameBytes, checksum: true }, reader: new SlabReader(temp.slab, 2000) }
}

function bench(owner: Partial<FrameOwner> = {}): Bench {
  const { ring, reader } = ringOf('a')
  const made: Bench = { ring, reader, refs: [], arrived: 0, writer: undefined as never }
  made.writer = new FrameWriter(ring, {
    epoch: 7,
    limit: new RateLimit(null),
    sourceSize: () => ({ widthPx: 640, heightPx: 480 }),
    committed: (to, ref) => made.refs.push({ ring: to, ref }),
    arrived: () => made.arrived++,
    ...owner,
  })
  return made
}

/** Hands bytes over as the socket does: into the writer's own buffer, never more than fits. */
function feed(writer: FrameWriter, bytes: Uint8Array, cut: () => number): void {
  for (let at = 0; at < bytes.length; ) {
    const buffer = writer.buffer()
    const part = bytes.subarray(at, at + Math.min(cut(), buffer.length))
    buffer.set(part)
    writer.advance(part.length)
    at += part.length
  }
}

const frame = (fill: number, bytes: number): Uint8Array => new Uint8Array(bytes).fill(fill)

describe('the frame writer', () => {
  it('makes whole frames of bytes however they are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9000 }), { minLength: 1, maxLength: 30 }), cuts => {
        const { writer, reader, refs, ring } = bench()
        let i = 0
        for (let n = 0; n < 5; n++) {
          feed(writer, frame(n + 1, ring.frameBytes), () => cuts[i++ % cuts.length] as number)
          const leased = reader.lease(refs[n]?.ref as FrameRef)
          expect(leased).toMatchObject({ seq: n, sessionEpoch: 7, sourceWidthPx: 640, sourceHeightPx: 480 })
          if (!leased) return
          const pixels = reader.pixels(leased)
          expect(pixels.every(byte => byte === n + 1)).toBe(true)
          expect(zlib.crc32(pixels) | 0).toBe(leased.checksum)
          reader.release(leased)
          reader.finish(leased, 'inferred')
        }
        expect(ring.writer.ledger.balance()).toMatchObject({ received: 5, inferred: 5, residual: 0 })
        for (const each of slabs.splice(0)) each.close()
      }),
      { numRuns: 50 },
    )
  })

  it('takes no slot while it waits for a frame', () => {
    const { writer, ring } = bench()
    writer.buffer()
    expect(ring.writer.ledger.balance()).toMatchObject({ received: 0, inFlight: 0 })
  })

  it('drops a frame that its decoder left unfinished, once', () => {
    const { writer, ring, refs } = bench()
    feed(writer, frame(1, 5000), () => 4096)
    writer.end('paused')
    writer.end('decode_error')
    expect(refs).toEqual([])
    expect(ring.writer.ledger.balance()).toMatchObject({
      received: 1,
      drops: { paused: 1, decode_error: 0 },
      inFlight: 0,
      residual: 0,
    })
  })

  it('counts a frame that finds every slot leased, and loses none after it', () => {
    const { writer, reader, ring, refs } = bench()
    for (let n = 0; n < 3; n++) feed(writer, frame(n, ring.frameBytes), () => 4096)
    const leased = refs.map(({ ref }) => reader.lease(ref))
    feed(writer, frame(9, ring.frameBytes), () => 4096)
    expect(refs).toHaveLength(3)
    expect(ring.writer.ledger.balance()).toMatchObject({
      received: 4,
      drops: { ring_overwrite: 1 },
      residual: 0,
    })
    reader.release(leased[0] as NonNullable<(typeof leased)[0]>)
    feed(writer, frame(10, ring.frameBytes), () => 4096)
    expect(refs).toHaveLength(4)
  })

  it('drops frames above the cap in wall time', () => {
    const made = bench({ limit: new RateLimit(2) })
    for (let n = 0; n < 20; n++) feed(made.writer, frame(n, made.ring.frameBytes), () => 4096)
    const { received, drops, residual } = made.ring.writer.ledger.balance()
    expect({ received, residual }).toEqual({ received: 20, residual: 0 })
    expect(drops.rate_limited).toBeGreaterThanOrEqual(15)
    expect(made.arrived).toBe(20)
  })

  it('drops a frame of unknown size: its boxes could not be mapped back', () => {
    const { writer, ring, refs } = bench({ sourceSize: () => null })
    feed(writer, frame(1, ring.frameBytes), () => 4096)
    expect(refs).toEqual([])
    expect(ring.writer.ledger.balance()).toMatchObject({
      received: 1,
      drops: { decode_error: 1 },
      residual: 0,
    })
  })

  it('moves to another slab between two frames, never inside one', () => {
    const { writer, ring, refs } = bench()
    const other = ringOf('b').ring
    feed(writer, frame(1, 5000), () => 4096)
    writer.moveTo(other)
    expect(writer.ring).toBe(ring)
    feed(writer, frame(1, ring.frameBytes - 5000), () => 4096)
    expect(writer.ring).toBe(other)
    feed(writer, frame(2, ring.frameBytes), () => 4096)
    expect(refs.map(({ ring }) => ring.slabId)).toEqual(['a', 'b'])
    expect(other.writer.ledger.balance()).toMatchObject({ received: 1, inFlight: 1, residual: 0 })
  })
})
