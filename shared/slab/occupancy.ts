/** How full the rings of a slab are. Looks, and changes nothing. */
import { SlotState, SlotWord, stateOf } from './layout.js'
import type { Slab } from './slab.js'

/** Slots whose frame is READY or leased. */
export function usedSlots(slab: Slab): number {
  let used = 0
  for (let slot = 0; slot < slab.layout.slotCount; slot++) {
    const state = stateOf(Atomics.load(slab.words(slot), SlotWord.STATE))
    if (state === SlotState.READY || state === SlotState.LEASED) used++
  }
  return used
}
