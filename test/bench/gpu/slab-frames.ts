/** A slab full of pictures that no two are alike, and the sets of slots that batches take in turn. */

import { noiseFrame } from '../../../infer/model/loader/noise-frame.js'
import type { PreparedModel } from '../../../infer/model/prepared-model.js'
import { createTempSlab, type TempSlab } from '../../tools/temp-slab.js'

export interface FilledSlab extends TempSlab {
  /** Which slots the batch of this number takes. */
  slotsOf(batch: number, frames: number): number[]
}

/** Blocks of colour with grain; the same in each run. Grown from few, since they are made byte by byte. */
export function fillSlab(model: PreparedModel, slotCount: number): FilledSlab {
  const { widthPx, heightPx } = model
  const temp = createTempSlab({ slotCount, rowCount: 1, widthPx, heightPx })
  const originals = Array.from({ length: Math.min(slotCount, 16) }, (_, seed) => noiseFrame(model, seed + 1))
  for (let slot = 0; slot < slotCount; slot++) {
    const original = originals[slot % originals.length]!
    // Moved down by some rows of blocks: another picture, of the same kind.
    const shift = Math.floor(slot / originals.length) * 16 * widthPx
    const pixels = temp.slab.pixels(slot)
    pixels.set(original.subarray(shift % original.length))
    pixels.set(original.subarray(0, shift % original.length), original.length - (shift % original.length))
  }
  return {
    ...temp,
    slotsOf: (batch, frames) => Array.from({ length: frames }, (_, i) => (batch * frames + i) % slotCount),
  }
}
