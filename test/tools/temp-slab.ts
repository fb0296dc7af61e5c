/** A slab in /dev/shm for one test, and refs and stamps to use it with. */
import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import { monotonicMs } from '../../shared/clock.js'
import { generationOf, type SlabShape, SlotState, SlotWord, stateOf } from '../../shared/slab/layout.js'
import type { LeasedFrame, SlabReader } from '../../shared/slab/lease.js'
import type { FrameStamp } from '../../shared/slab/ring-writer.js'
import { Slab } from '../../shared/slab/slab.js'

export interface TempSlab {
  slab: Slab
  path: string
  close(): void
}

export function createTempSlab(shape: Partial<SlabShape> = {}): TempSlab {
  const path = `/dev/shm/ringside-test-${randomBytes(6).toString('hex')}.slab`
  const slab = Slab.create(path, { slotCount: 8, rowCount: 2, widthPx: 64, heightPx: 64, ...shape })
  return {
    slab,
    path,
    close(): void {
      slab.close()
      fs.rmSync(path, { force: true })
    },
  }
}

export function stampOf(seq: number, more: Partial<FrameStamp> = {}): FrameStamp {
  return {
    sessionEpoch: 1,
    seq,
    firstByteMonoMs: monotonicMs(),
    capturedWallMs: Date.now(),
    sourceWidthPx: 640,
    sourceHeightPx: 480,
    checksum: 0,
    ...more,
  }
}

/** Leases every frame that waits, by its slot: no ref needed. */
export function leaseReady(reader: SlabReader, slab: Slab): LeasedFrame[] {
  const frames: LeasedFrame[] = []
  for (let slot = 0; slot < slab.layout.slotCount; slot++) {
    const word = Atomics.load(slab.words(slot), SlotWord.STATE)
    if (stateOf(word) !== SlotState.READY) continue
    const frame = reader.lease({ slabEpoch: slab.epoch, slot, generation: generationOf(word), stream: '' })
    if (frame) frames.push(frame)
  }
  return frames
}
