/** What every message about a frame says first: which frame it is. */
import type { LeasedFrame } from '../shared/slab/lease.js'

export function identityOf(frame: LeasedFrame) {
  return {
    stream: frame.stream,
    epoch: frame.sessionEpoch,
    seq: frame.seq,
    capturedAt: Math.round(frame.capturedWallMs),
    frame: { width: frame.sourceWidthPx, height: frame.sourceHeightPx },
  }
}
