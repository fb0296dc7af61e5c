/** What is counted of a stream's frames, and the changes of counters that belong to one step of a frame. Made once: the hot path allocates none. */
import { type DropReason, dropReasons } from '../frame/balance.js'

/** Indexes of the counters on each side of a row; drops follow, in the order of `dropReasons`. */
export const Counter = { RECEIVED: 0, INFERRED: 1, IN_ENGINE: 2 } as const
const FIRST_DROP = 3
export const COUNTERS = FIRST_DROP + dropReasons.length

/** Frames to add to counters, each counter at most once. */
export type Change = readonly (readonly [counter: number, frames: number])[]
type ByReason = Readonly<Record<DropReason, Change>>

export function dropCounter(reason: DropReason): number {
  return FIRST_DROP + dropReasons.indexOf(reason)
}

/** The writer took a free slot for a frame. */
export const ARRIVED: Change = [[Counter.RECEIVED, 1]]
/** One frame arrived and one was dropped: itself, or the one whose slot it took. */
export const ARRIVED_AND_DROPPED = byReason(drop => [[Counter.RECEIVED, 1], drop])
export const DROPPED = byReason(drop => [drop])
/** The slot is free again, but the frame has no outcome yet: it is in the engine. */
export const ENTERED_ENGINE: Change = [[Counter.IN_ENGINE, 1]]
const INFERRED: Change = [
  [Counter.IN_ENGINE, -1],
  [Counter.INFERRED, 1],
]
export const LEFT_ENGINE: ByReason & { readonly inferred: Change } = {
  ...byReason(drop => [[Counter.IN_ENGINE, -1], drop]),
  inferred: INFERRED,
}

function byReason(change: (drop: readonly [number, number]) => Change): ByReason {
  return Object.fromEntries(
    dropReasons.map(reason => [reason, change([dropCounter(reason), 1])]),
  ) as unknown as ByReason
}
