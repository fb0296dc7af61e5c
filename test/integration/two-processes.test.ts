/** One process writes a ring, another reads it, with nothing between them but the state words: no frame torn, none twice. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { fileURLToPath } from 'node:url'
import { crc32 } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sleep } from '../../shared/clock.js'
import type { FrameBalance } from '../../shared/frame/balance.js'
import { generationOf, SlotState, SlotWord, stateOf } from '../../shared/slab/layout.js'
import { type LeasedFrame, SlabReader } from '../../shared/slab/lease.js'
import { RingWriter } from '../../shared/slab/ring-writer.js'
import { createTempSlab, type TempSlab } from '../tools/temp-slab.js'

const tool = (name: string): string =>
  fileURLToPath(new URL(`../../dist/test/tools/${name}.js`, import.meta.url))
const FRAMES = 1_000_000
const ROUNDS = 40
const FRAMES_BEFORE_KILL = 30

let temp: TempSlab
beforeEach(() => {
  temp = createTempSlab({ slotCount: 4, rowCount: 1, widthPx: 32, heightPx: 32 })
})
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL') // of a test that failed
  temp.close()
})

const children: ChildProcess[] = []
function start(name: string, ...args: string[]): ChildProcess {
  const child = spawn(process.execPath, [tool(name), temp.path, ...args], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  children.push(child)
  return child
}

const startReader = (): ChildProcess => start('slab-reader')
function startWriter(frames: number, firstSeq: number, ...mixed: 'mixed'[]): ChildProcess {
  return start('slab-writer', 'gate', String(frames), String(firstSeq), ...mixed)
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
  let written = 0
  do {
    await readAll(startWriter(FRAMES, written), reader, seen)
    written += FRAMES
  } while (seen.size <= FRAMES / 20) // too few cores were free for a race
  reader.reclaim(0)
  const { received, inferred, drops, inFlight, residual } = reader.ledgers[0]!.balance()
  expect({ received, inFlight, residual }).toEqual({ received: written, inFlight: 0, residual: 0 })
  expect(inferred).toBe(seen.size)
  expect(drops.ring_overwrite + drops.stale_ref + inferred).toBe(written)
})

describe('kill -9, at any moment', { timeout: 120_000 }, () => {
  it(`of ${ROUNDS} writers loses no frame: the residual is 0 before and after each successor`, async () => {
    const reader = new SlabReader(temp.slab, 2000)
    const seen = new Set<number>()
    for (let round = 0; round < ROUNDS; round++) {
      const writer = startWriter(10_000_000, round * 10_000_000, 'mixed')
      void killLater(writer, () => seen.size)
      await readAll(writer, reader, seen)
      expectWhole()
      takeRing()
      expectWhole()
    }
    await readAll(startWriter(100, 1e9), reader, seen)
    reader.reclaim(0)
    expect(ledger()).toMatchObject({ inFlight: 0, residual: 0 })
    expect(seen.size).toBeGreaterThanOrEqual(ROUNDS * FRAMES_BEFORE_KILL)
  })

  it(`of ${ROUNDS} readers loses no frame: the residual is 0 before and after each successor`, async () => {
    const writer = startWriter(1e12, 0, 'mixed')
    for (let round = 0; round < ROUNDS; round++) {
      await killLater(startReader(), () => ledger().inferred)
      await stop(writer)
      expectWhole()
      new SlabReader(temp.slab, 2000).takeOver()
      expectWhole()
      writer.kill('SIGCONT')
    }
    await killed(writer)
    takeRing()
    new SlabReader(temp.slab, 2000).reclaim(0)
    expect(ledger()).toMatchObject({ inFlight: 0, residual: 0 })
    expect(ledger().inferred).toBeGreaterThanOrEqual(ROUNDS * FRAMES_BEFORE_KILL)
  })

  it(`of both at once, ${ROUNDS / 2} times, loses no frame, whoever comes back first`, async () => {
    for (let round = 0; round < ROUNDS / 2; round++) {
      const writer = startWriter(10_000_000, 0, 'mixed')
      const [first, second] = round % 2 ? [takeRing, takeSlab] : [takeSlab, takeRing]
      await Promise.all([
        killLater(startReader(), () => ledger().inferred),
        killLater(writer, () => ledger().inferred),
      ])
      for (const comeBack of [() => undefined, first, second]) {
        comeBack()
        expectWhole()
      }
    }
    takeSlab().reclaim(0)
    expect(ledger()).toMatchObject({ inFlight: 0, residual: 0 })
  })
})

function ledger(): FrameBalance {
  return new SlabReader(temp.slab, 2000).ledgers[0]!.balance()
}

/** Nobody is at work: one reading must do. */
function expectWhole(): void {
  expect(ledger()).toMatchObject({ residual: 0 })
}

function takeRing(): RingWriter {
  return new RingWriter(temp.slab, { row: 0, slots: [0, 1, 2, 3] }, { id: 'gate', incarnation: 1 }, 2000)
}

function takeSlab(): SlabReader {
  const reader = new SlabReader(temp.slab, 2000)
  reader.takeOver()
  return reader
}

/** Some milliseconds after it is seen to work, however long its start takes. */
async function killLater(child: ChildProcess, count: () => number): Promise<void> {
  const enough = count() + FRAMES_BEFORE_KILL
  while (count() < enough) await sleep(1)
  await sleep(Math.random() * 20)
  await killed(child)
}

async function killed(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

/** Resolves when it has stopped: a signal is sent, not delivered. */
async function stop(child: ChildProcess): Promise<void> {
  child.kill('SIGSTOP')
  while (!/^\d+ \(.*\) T/.test(fs.readFileSync(`/proc/${child.pid}/stat`, 'utf8'))) await sleep(1)
}
