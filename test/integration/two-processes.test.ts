/** One process writes a ring, another reads it, with nothing between them but the state words: no frame torn, none twice. */
import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { crc32 } from 'node:zlib'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { generationOf, SlotState, SlotWord, stateOf } from '../../shared/slab/layout.js'
import { type LeasedFrame, SlabReader } from '../../shared/slab/lease.js'
import { createTempSlab, type TempSlab } from '../tools/temp-slab.js'

const WRITER = fileURLToPath(new URL('../../dist/test/tools/slab-writer.js', import.meta.url))
const FRAMES = 1_000_000

let temp: TempSlab
beforeEach(() => {
  temp = createTempSlab({ slotCount: 4, rowCount: 1, widthPx: 32, heightPx: 32 })
})
afterEach(() => temp.close())

function startWriter(frames: number, firstSeq: number): ChildProcess {
  return spawn(process.execPath, [WRITER, temp.path, 'gate', String(frames), String(firstSeq)], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
}

/** Leases whatever is READY, as fast as it can, until the writer is gone: the two race for every slot. */
async function readAll(writer: ChildProcess, reader: SlabReader, seen: Set<number>): Promise<void> {
  let gone = false
  writer.once('exit', () => {
    gone = true
  })
  while (!gone) {
    for (let look = 0; look < 2000; look++) {
      const slot = look % temp.slab.layout.slotCount
      const word = Atomics.load(temp.slab.words(slot), SlotWord.STATE)
      if (stateOf(word) !== SlotState.READY) continue
      const frame = reader.lease({
        slabEpoch: temp.slab.epoch,
        slot,
        generation: generationOf(word),
        stream: 'gate',
      })
      if (frame) check(reader, frame, seen)
    }
    await new Promise(resolve => setImmediate(resolve))
  }
}

function check(reader: SlabReader, frame: LeasedFrame, seen: Set<number>): void {
  const pixels = Uint8Array.from(reader.pixels(frame))
  if (!reader.release(frame)) throw new Error(`the lease of ${frame.seq} was lost`)
  reader.finish(frame, 'inferred')
  if (seen.has(frame.seq)) throw new Error(`frame ${frame.seq} came twice`)
  seen.add(frame.seq)
  if ((crc32(pixels) | 0) !== frame.checksum || pixels[0] !== frame.seq % 251)
    throw new Error(`frame ${frame.seq} is torn`)
}

it(`delivers ${FRAMES} frames whole, at most once, and balances`, { timeout: 120_000 }, async () => {
  const reader = new SlabReader(temp.slab, 2000)
  const seen = new Set<number>()
  await readAll(startWriter(FRAMES, 0), reader, seen)
  reader.reclaim(0)
  const { received, inferred, drops, inFlight, residual } = reader.ledgers[0]!.balance()
  expect({ received, inFlight, residual }).toEqual({ received: FRAMES, inFlight: 0, residual: 0 })
  expect(inferred).toBe(seen.size)
  expect(drops.ring_overwrite + drops.stale_ref + inferred).toBe(FRAMES)
  expect(inferred).toBeGreaterThan(FRAMES / 20)
})

it('stays whole over 40 writers, each killed in the middle of its work', async () => {
  const reader = new SlabReader(temp.slab, 2000)
  const seen = new Set<number>()
  const left: number[] = []
  for (let round = 0; round < 40; round++) {
    const before = reader.ledgers[0]!.balance().residual
    const writer = startWriter(10_000_000, round * 10_000_000)
    setTimeout(() => writer.kill('SIGKILL'), 90 + ((round * 37) % 60))
    await readAll(writer, reader, seen)
    left.push(Math.abs(reader.ledgers[0]!.balance().residual - before))
  }
  await readAll(startWriter(100, 1e9), reader, seen)
  reader.reclaim(0)
  const { residual, inFlight } = reader.ledgers[0]!.balance()
  expect(inFlight).toBe(0)
  // A kill between a swap and its count leaves one frame, never two. These writers do nothing but swap and count, so that
  // about one kill in a hundred hits (2 of 200, measured).
  console.log(`${left.filter(frames => frames > 0).length} of ${left.length} kills left a frame uncounted`)
  expect(Math.max(...left)).toBeLessThanOrEqual(1)
  expect(Math.abs(residual)).toBeLessThanOrEqual(1)
  expect(seen.size).toBeGreaterThan(1000)
})
