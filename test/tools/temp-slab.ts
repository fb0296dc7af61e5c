/** A slab in /dev/shm for one test, and refs and stamps to use it with. */
import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import { monotonicMs } from '../../shared/clock.js'
import type { SlabShape } from '../../shared/slab/layout.js'
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
