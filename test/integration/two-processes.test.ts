/** One process writes a ring, another reads it, with nothing between them but the state words: no frame torn, none twice, none lost, whatever is killed when. */
import type { ChildProcess } from 'node:child_process'
import { crc32 } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type LeasedFrame, SlabReader } from '../../shared/slab/lease.js'
import { killed, SlabBench, stopped } from '../tools/slab-bench.js'
import { leaseReady } from '../tools/temp-slab.js'

const FRAMES = 1_000_000
const ROUNDS = 40
const FRAMES_BEFORE_KILL = 30
const timeout = 120_000

let open: SlabBench
beforeEach(() => {
  open = new SlabBench()
})
afterEach(() => open.close())

/** Leases whatever is READY, as fast as it can, until the writer is gone: the two race for every slot. */
async function readAll(
  bench: SlabBench,
  writer: ChildProcess,
  reader: SlabReader,
  seen: Set<number>,
): Promise<void> {
  let gone = false
  writer.once('exit', () => {
    gone = true
  })
  while (!gone) {
    for (let look = 0; look < 500; look++) {
      for (const frame of leaseReady(reader, bench.slab)) check(reader, frame, seen)
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

it(`delivers ${FRAMES} frames whole, at most once, and balances`, { timeout }, async () => {
  const bench = open
  const reader = new SlabReader(bench.slab, 2000)
  const seen = new Set<number>()
  await readAll(bench, bench.startWriter(FRAMES, 0), reader, seen)
  reader.reclaim(0)
  const { received, inferred, drops, inFlight, residual } = bench.balance()
  expect({ received, inFlight, residual }).toEqual({ received: FRAMES, inFlight: 0, residual: 0 })
  expect(inferred).toBe(seen.size)
  expect(drops.ring_overwrite + drops.stale_ref + inferred).toBe(FRAMES)
  expect(inferred).toBeGreaterThan(FRAMES / 20)
})

describe('kill -9, at any moment', { timeout }, () => {
  it(`of ${ROUNDS} writers loses no frame: the residual is 0 before and after each successor`, async () => {
    const bench = open
    const reader = new SlabReader(bench.slab, 2000)
    const seen = new Set<number>()
    for (let round = 0; round < ROUNDS; round++) {
      const writer = bench.startWriter(10_000_000, round * 10_000_000, 'mixed')
      const kill = bench.killLater(writer, FRAMES_BEFORE_KILL, () => seen.size)
      await Promise.all([kill, readAll(bench, writer, reader, seen)])
      expect(bench.balance().residual).toBe(0)
      bench.takeRing()
      expect(bench.balance().residual).toBe(0)
    }
    await readAll(bench, bench.startWriter(100, 1e9), reader, seen)
    reader.reclaim(0)
    expect(bench.balance()).toMatchObject({ inferred: seen.size, inFlight: 0, residual: 0 })
    expect(seen.size).toBeGreaterThan(1000)
  })

  it(`of ${ROUNDS} readers loses no frame: the residual is 0 before and after each successor`, async () => {
    const bench = open
    const writer = bench.startWriter(1e12, 0, 'mixed')
    for (let round = 0; round < ROUNDS; round++) {
      await bench.killLater(bench.startReader(), FRAMES_BEFORE_KILL, () => bench.balance().inferred)
      await stopped(writer)
      expect(bench.balance().residual).toBe(0)
      bench.takeSlab()
      expect(bench.balance().residual).toBe(0)
      writer.kill('SIGCONT')
    }
    await killed(writer)
    bench.takeRing()
    bench.takeSlab().reclaim(0)
    expect(bench.balance()).toMatchObject({ inFlight: 0, residual: 0 })
    expect(bench.balance().inferred).toBeGreaterThan(1000)
  })

  it(`of both at once, ${ROUNDS / 2} times, loses no frame, whoever comes back first`, async () => {
    const bench = open
    const inferred = (): number => bench.balance().inferred
    for (let round = 0; round < ROUNDS / 2; round++) {
      const writer = bench.startWriter(1e12, 0, 'mixed')
      const kills = [bench.startReader(), writer].map(child =>
        bench.killLater(child, FRAMES_BEFORE_KILL, inferred),
      )
      await Promise.all(kills)
      expect(bench.balance().residual).toBe(0)
      if (round % 2) bench.takeRing()
      else bench.takeSlab()
      expect(bench.balance().residual).toBe(0)
      if (round % 2) bench.takeSlab()
      else bench.takeRing()
      expect(bench.balance().residual).toBe(0)
    }
    bench.takeSlab().reclaim(0)
    expect(bench.balance()).toMatchObject({ inFlight: 0, residual: 0 })
  })
})
