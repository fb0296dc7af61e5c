/**
 * A ring's writer in a process of its own: fills frames with one byte each, as fast as it can, while it has its parent.
 * Arguments: slab path, stream id, frames to write, first seq, and `mixed` where some are to be refused and abandoned.
 * `node dist/test/tools/slab-writer.js …`
 */
import { crc32 } from 'node:zlib'
import { SlotState, SlotWord, stateOf } from '../../shared/slab/layout.js'
import { RingWriter } from '../../shared/slab/ring-writer.js'
import { Slab } from '../../shared/slab/slab.js'
import { stampOf } from './temp-slab.js'

const [path, id, frames, firstSeq, mixed] = process.argv.slice(2) as [string, string, string, string, string?]
const slab = Slab.attach(path)
const slots = Array.from({ length: slab.layout.slotCount }, (_, slot) => slot)
const writer = new RingWriter(slab, { row: 0, slots }, { id, incarnation: 1 }, 2000)

const parent = process.ppid
const nap = new Int32Array(new SharedArrayBuffer(4))

/** A ring full of frames that wait: the reader has no core of its own. Given up where there seems to be none. */
function letRead(): void {
  const isWaiting = (slot: number): boolean =>
    stateOf(Atomics.load(slab.words(slot), SlotWord.STATE)) === SlotState.READY
  for (let naps = 0; naps < 2000 && slots.every(isWaiting); naps++) Atomics.wait(nap, 0, 0, 0.05)
}

const end = Number(firstSeq) + Number(frames)
for (let seq = Number(firstSeq); seq < end && (seq % 1000 !== 0 || process.ppid === parent); seq++) {
  if (!mixed && seq % 10 === 0) letRead()
  if (mixed && seq % 5 === 0) writer.refuse('rate_limited')
  const slot = writer.acquire()
  if (slot === null) continue
  if (mixed && seq % 7 === 0) {
    writer.abandon(slot, 'paused')
    continue
  }
  const pixels = writer.pixels(slot).fill(seq % 251)
  writer.commit(slot, stampOf(seq, { checksum: crc32(pixels) }))
}
