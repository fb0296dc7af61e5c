/** How long the WebSocket waits before it tries again: exponential, with full jitter, so that many pages do not return at one instant. */

const BASE_MS = 500
const CAP_MS = 15_000
/** Even a lucky draw leaves the server this long. */
const FLOOR_MS = 200

/** @param attempt failures since the last success, from 0. @param random 0 … 1. */
export function backoffMs(attempt: number, random: number): number {
  const ceiling = Math.min(CAP_MS, BASE_MS * 2 ** Math.min(attempt, 10))
  return Math.round(FLOOR_MS + (ceiling - FLOOR_MS) * random)
}
