/** The ledgers of all streams added up, and what in them does not add up; pure, for the table of frames. */
import type { StreamView } from '../../../shared/api/views.js'
import { type DropReason, dropReasons, type FrameBalance, sumOf } from '../../../shared/frame/balance.js'

export interface FrameLedger {
  /** Those that dropped anything in any stream, in the order of the contract. */
  reasons: DropReason[]
  sum: FrameBalance
  /** Frames too many and too few, added up: in the sum one stream's surplus would hide another's loss. */
  unaccounted: number
}

const nothing: FrameBalance = {
  received: 0,
  inferred: 0,
  drops: Object.fromEntries(dropReasons.map(reason => [reason, 0])) as FrameBalance['drops'],
  inFlight: 0,
  residual: 0,
}

export function ledgerOf(streams: readonly Pick<StreamView, 'frames'>[]): FrameLedger {
  const sum = streams.reduce((before, { frames }) => sumOf(before, frames), nothing)
  return {
    reasons: dropReasons.filter(reason => sum.drops[reason] > 0),
    sum,
    unaccounted: streams.reduce((count, { frames }) => count + Math.abs(frames.residual), 0),
  }
}
