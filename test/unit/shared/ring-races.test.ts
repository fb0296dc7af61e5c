/** Writer and reader of a ring, interleaved and killed between any two accesses to the slab: nothing is lost, torn, or there twice. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { FrameBalance } from '../../../shared/frame/balance.js'
import type { FrameRef } from '../../../shared/frame/frame-ref.js'
import { type LeasedFrame, SlabReader } from '../../../shared/slab/lease.js'
import { RingWriter, retireRow } from '../../../shared/slab/ring-writer.js'
import { interrupted, Killed } from '../../tools/interrupt.js'
import { createTempSlab, leaseReady, stampOf, type TempSlab } from '../../tools/temp-slab.js'

const RING = { row: 0, slots: [0, 1, 2] }
const writerActs = ['write', 'write', 'write', 'abandon', 'refuse', 'start', 'register', 'retire'] as const
const readerActs = ['lease', 'lease', 'release', 'finish', 'fail', 'discard', 'reclaim', 'start'] as const

/** An act of one side. Around its accesses to shared memory the other side acts, or a kill ends it. */
interface Step {
  side: 'writer' | 'reader'
  act: number
  /** At which moment of the act the kill comes: two an access. None comes where the act has fewer. */
  dies: number | null
  meanwhile: (Step & { at: number })[]
}

const MOMENTS = 28
const dies = fc.option(fc.nat(MOMENTS), { freq: 3 })
function actOf(side: Step['side']): fc.Arbitrary<Step & { at: number }> {
  return fc.record({
    side: fc.constant(side),
    act: fc.nat(55),
    dies,
    at: fc.nat(MOMENTS),
    meanwhile: fc.constant([]),
  })
}
function stepOf(side: Step['side']): fc.Arbitrary<Step> {
  const meanwhile = fc.array(actOf(side === 'writer' ? 'reader' : 'writer'), { maxLength: 4 })
  return fc.record({ side: fc.constant(side), act: fc.nat(55), dies, meanwhile })
}

/** One ring, and what its two processes know. */
class Race {
  #writer: RingWriter | null = null
  #reader: SlabReader | null = null
  #incarnation = 1
  #seq = 0
  #refs: FrameRef[] = []
  #leased: { frame: LeasedFrame; whole: boolean }[] = []
  #inEngine: LeasedFrame[] = []
  readonly #delivered = new Set<number>()

  constructor(private readonly temp: TempSlab) {
    this.#writer = this.#newWriter()
    this.#reader = this.#newReader()
  }

  run(steps: readonly Step[]): void {
    for (const step of steps) {
      this.#step(step)
      expect(this.#balance().residual, `after ${JSON.stringify(step)}`).toBe(0)
    }
    this.#writer = this.#newWriter()
    this.#reader = this.#newReader()
    for (const frame of leaseReady(this.#reader, this.temp.slab)) this.#deliver(frame)
    expect(this.#reader.ledgers[0]!.balance()).toMatchObject({ inFlight: 0, residual: 0 })
  }

  #step(step: Step): void {
    const pause = (moment: number): void => {
      for (const other of step.meanwhile) if (other.at === moment) this.#step(other)
      if (step.dies === moment) throw new Killed()
    }
    try {
      interrupted(() => this.#act(step), pause)
    } catch (error) {
      if (!(error instanceof Killed)) throw error
      if (step.side === 'writer') this.#writer = null
      else [this.#reader, this.#leased, this.#inEngine] = [null, [], []]
    }
  }

  #act({ side, act }: Step): void {
    if (side === 'writer') this.#write(writerActs[act % writerActs.length]!)
    else this.#read(readerActs[act % readerActs.length]!)
  }

  #write(act: (typeof writerActs)[number]): void {
    if (act === 'register') this.#incarnation++
    if (act === 'start' || act === 'register') this.#writer = this.#newWriter()
    if (act === 'retire') this.#retire()
    const writer = this.#writer
    if (act === 'refuse') writer?.refuse('rate_limited')
    if (act !== 'write' && act !== 'abandon') return
    const slot = writer?.acquire() ?? null
    if (!writer || slot === null) return
    writer.pixels(slot).fill(this.#seq % 251)
    if (act === 'abandon') writer.abandon(slot, 'decode_error')
    else this.#refs.push(writer.commit(slot, stampOf(this.#seq++)))
  }

  #retire(): void {
    this.#writer = null
    retireRow(this.temp.slab, RING.row)
    expect(this.#balance()).toMatchObject({ received: 0, inferred: 0, inFlight: 0 })
  }

  #read(act: (typeof readerActs)[number]): void {
    if (act === 'start') this.#reader = this.#newReader()
    const reader = this.#reader
    if (!reader) return
    if (act === 'reclaim') reader.reclaim(0)
    else if (act === 'lease') this.#lease(reader)
    else if (act === 'release') this.#release(reader)
    else if (act === 'discard') this.#refs.slice(-3).map(ref => reader.discard(ref, 'stale_ref'))
    else if (act !== 'start') this.#finish(reader, act === 'finish' ? 'inferred' : 'engine_error')
  }

  #lease(reader: SlabReader): void {
    for (const ref of this.#refs.slice(-2)) {
      const frame = reader.lease(ref)
      if (!frame) continue
      const whole = reader.pixels(frame).every(byte => byte === frame.seq % 251)
      this.#leased.push({ frame, whole })
    }
  }

  #release(reader: SlabReader): void {
    const held = this.#leased.pop()
    if (!held || !reader.release(held.frame)) return
    expect(held.whole).toBe(true)
    expect(this.#delivered.has(held.frame.seq)).toBe(false)
    this.#delivered.add(held.frame.seq)
    this.#inEngine.push(held.frame)
  }

  #finish(reader: SlabReader, outcome: 'inferred' | 'engine_error'): void {
    const frame = this.#inEngine.pop()
    if (frame) reader.finish(frame, outcome)
  }

  #deliver(frame: LeasedFrame): void {
    expect(this.#delivered.has(frame.seq)).toBe(false)
    expect(this.#reader?.release(frame)).toBe(true)
    this.#reader?.finish(frame, 'inferred')
  }

  /** Of whichever process looks: the counts are in the slab. */
  #balance(): FrameBalance {
    return new SlabReader(this.temp.slab, 0).ledgers[RING.row]!.balance()
  }

  /** Takes leases of any age. */
  #newWriter(): RingWriter {
    return new RingWriter(this.temp.slab, RING, { id: 'gate', incarnation: this.#incarnation }, 0)
  }

  #newReader(): SlabReader {
    ;[this.#leased, this.#inEngine] = [[], []]
    const reader = new SlabReader(this.temp.slab, 0)
    reader.takeOver()
    return reader
  }
}

it('balances after any interleaving and any kill, and delivers each frame at most once and whole', () => {
  const step = fc.oneof(stepOf('writer'), stepOf('reader'))
  fc.assert(
    fc.property(fc.array(step, { minLength: 30, maxLength: 80 }), steps => {
      const temp = createTempSlab({ slotCount: 3, rowCount: 1, widthPx: 8, heightPx: 8 })
      try {
        new Race(temp).run(steps)
      } finally {
        temp.close()
      }
    }),
    { numRuns: 2000 },
  )
})
