/**
 * A slab's reader in a process of its own: takes the slab over, then brings every frame to one of its ends, as fast as it can,
 * until it is killed or has lost its parent. Argument: slab path. `node dist/test/tools/slab-reader.js …`
 */
import { generationOf, SlotState, SlotWord, stateOf } from '../../shared/slab/layout.js'
import { SlabReader } from '../../shared/slab/lease.js'
import { Slab } from '../../shared/slab/slab.js'
import { leaseReady } from './temp-slab.js'

const slab = Slab.attach(process.argv[2] as string)
const reader = new SlabReader(slab, 2000)
reader.takeOver()

function discardReady(): void {
  for (let slot = 0; slot < slab.layout.slotCount; slot++) {
    const word = Atomics.load(slab.words(slot), SlotWord.STATE)
    if (stateOf(word) !== SlotState.READY) continue
    reader.discard({ slabEpoch: slab.epoch, slot, generation: generationOf(word), stream: '' }, 'stale_ref')
  }
}

const parent = process.ppid
for (let round = 0; round % 1000 !== 0 || process.ppid === parent; round++) {
  if (round % 5 === 0) discardReady()
  else if (round % 11 === 0) reader.reclaim(0)
  for (const frame of leaseReady(reader, slab)) {
    if (reader.release(frame)) reader.finish(frame, round % 7 === 0 ? 'engine_error' : 'inferred')
  }
}
