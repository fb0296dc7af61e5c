/** The reasons for which frames are dropped, in words. */
import { type DropReason, dropReasons, type FrameBalance } from '../../../shared/frame/balance.js'

export const dropWords: Record<DropReason, { name: string; meaning: string }> = {
  ring_overwrite: { name: 'Overwritten', meaning: 'a newer frame took the slot before inference came to it' },
  stale_ref: { name: 'Stale', meaning: 'too old, or superseded, when its batch was made' },
  rate_limited: { name: 'Rate limited', meaning: 'above the stream’s frame rate cap' },
  paused: { name: 'Paused', meaning: 'arrived while the stream was being paused or removed' },
  engine_error: { name: 'Engine error', meaning: 'the inference engine failed' },
  decode_error: { name: 'Decode error', meaning: 'the decoder ended inside the frame' },
  shutdown: { name: 'Shutdown', meaning: 'arrived while Ringside was stopping' },
}

export function dropTotal(balance: FrameBalance): number {
  return dropReasons.reduce((sum, reason) => sum + balance.drops[reason], 0)
}

/** The reasons that have dropped anything, most first. */
export function dropsByReason(balance: FrameBalance): [DropReason, number][] {
  return dropReasons
    .map((reason): [DropReason, number] => [reason, balance.drops[reason]])
    .filter(([, frames]) => frames > 0)
    .sort((a, b) => b[1] - a[1])
}
