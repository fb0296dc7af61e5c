/** A ring of a test's slab, as a decoder is given it. */
import type { DecoderRing } from '../../ingest/decoder/backend.js'
import type { Letterbox } from '../../shared/slab/info.js'
import { RingWriter } from '../../shared/slab/ring-writer.js'
import type { TempSlab } from './temp-slab.js'

export const RING_SLOTS = 4

/** The slots of row `row`: the slab has RING_SLOTS a row. */
export function decoderRingOf({ slab, path }: TempSlab, row: number, letterbox: Letterbox): DecoderRing {
  const { widthPx, heightPx } = slab.layout
  const reservation = { row, slots: Array.from({ length: RING_SLOTS }, (_, i) => row * RING_SLOTS + i) }
  const stream = { id: `stream-${row}`, incarnation: 1 }
  const writer = (): RingWriter => new RingWriter(slab, reservation, stream, 2000)
  const ring: DecoderRing = {
    writer: writer(),
    slabId: 'test',
    frameBytes: slab.layout.frameBytes,
    checksum: false,
    shape: { widthPx, heightPx, letterbox },
    address: {
      path,
      slabEpoch: slab.epoch,
      reservation,
      stream: stream.id,
      ...{ incarnation: 1, leaseTimeoutMs: 2000, checksum: false },
    },
    retake: () => {
      ring.writer = writer()
    },
  }
  return ring
}
