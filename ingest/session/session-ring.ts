/** A stream's ring in an attached slab, with the shape of the frames that go there. */
import { RingWriter } from '../../shared/slab/ring-writer.js'
import type { DesiredStream } from '../../shared/stream/stream.js'
import type { DecoderRing } from '../decoder/backend.js'
import type { AttachedSlab } from '../slab-follower.js'

export interface SessionRing extends DecoderRing {
  slab: AttachedSlab
}

/** Takes the ring over from whoever wrote it before. */
export function takeRing(slab: AttachedSlab, stream: DesiredStream, leaseTimeoutMs: number): SessionRing {
  const { id, path, epoch, widthPx, heightPx, letterbox, frameBytes, checksum } = slab.info
  const { ring: reservation, createdAtMs: incarnation } = stream
  const writer = (): RingWriter =>
    new RingWriter(slab.slab, reservation, { id: stream.id, incarnation }, leaseTimeoutMs)
  const ring: SessionRing = {
    slab,
    writer: writer(),
    slabId: id,
    frameBytes,
    checksum,
    shape: { widthPx, heightPx, letterbox },
    address: {
      path,
      slabEpoch: epoch,
      reservation,
      stream: stream.id,
      ...{ incarnation, leaseTimeoutMs, checksum },
    },
    retake: () => {
      ring.writer = writer()
    },
  }
  return ring
}

/** Whether a decoder for one ring may go on with the other. */
export function sameFrames(a: SessionRing, b: SessionRing): boolean {
  return (
    a.shape.widthPx === b.shape.widthPx &&
    a.shape.heightPx === b.shape.heightPx &&
    a.shape.letterbox.anchor === b.shape.letterbox.anchor &&
    a.shape.letterbox.padValue === b.shape.letterbox.padValue
  )
}
