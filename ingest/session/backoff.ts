/** How long to wait before the next attempt: exponential with full jitter, so that cameras that fail together do not return together. Pure. */

export interface BackoffSettings {
  backoffBaseMs: number
  backoffCapMs: number
}

/** Upper bound of the delay after `failures` attempts in a row that failed (1, 2, …). */
export function backoffBoundMs(failures: number, { backoffBaseMs, backoffCapMs }: BackoffSettings): number {
  return Math.min(backoffCapMs, backoffBaseMs * 2 ** Math.min(Math.max(0, failures - 1), 30))
}

/** @param random in [0, 1). */
export function backoffMs(failures: number, settings: BackoffSettings, random: number): number {
  return Math.floor(random * backoffBoundMs(failures, settings))
}
