/** The two clocks. Ages and timeouts use the monotonic one, which every process of a host shares; only messages for people carry wall time. */

/** Milliseconds of CLOCK_MONOTONIC: comparable between processes of one host, unaffected by clock steps. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

/** Milliseconds since the Unix epoch. May step; never subtract two of these. */
export function wallMs(): number {
  return Date.now()
}

export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal?.aborted) return resolve()
    const timer = setTimeout(done, ms)
    signal?.addEventListener('abort', done, { once: true })
    function done(): void {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
  })
}
