/** Waits until publish answers, by its open health addresses. */
import { sleep } from '../../shared/clock.js'

const POLL_MS = 150
const REQUEST_TIMEOUT_MS = 1000

/** @returns true once `url + path` answers 2xx; false where `signal` ended the wait. */
export async function waitUntilOk(url: string, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    if (await isOk(url)) return true
    await sleep(POLL_MS, signal)
  }
  return false
}

async function isOk(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) })
    await response.arrayBuffer()
    return response.ok
  } catch {
    return false // not listening yet: that is what is waited for
  }
}
