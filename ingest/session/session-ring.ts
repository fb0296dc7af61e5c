/** A stream's ring in an attached slab, with the shape of the frames that go there. */
import { RingWriter } from '../../shared/slab/ring-writer.js'
import type { DesiredStream } from '../../shared/stream/stream.js'
import type { FrameShape } from '../decoder/filters.js'
import type { Ring } from '../decoder/frame-writer.js'
import type { AttachedSlab } from '../slab-follower.js'

export interface SessionRing extends Ring {
  slab: AttachedSlab
  shape: FrameShape
}

/** Takes the ring over from whoever wrote it before. */
export function takeRing(slab: AttachedSlab, stream: DesiredStream, leaseTimeoutMs: number): SessionRing {
  const { id, widthPx, heightPx, letterbox, frameBytes, checksum } = slab.info
  const incarnation = stream.createdAtMs
  return {
    slab,
    writer: new RingWriter(slab.slab, stream.ring, { id: stream.id, incarnation }, leaseTimeoutMs),
    slabId: id,
    frameBytes,
    checksum,
    shape: { widthPx, heightPx, letterbox },
  }
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
