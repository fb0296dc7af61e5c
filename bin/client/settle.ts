/** Waits until a stream is live or has failed for good. */
import type { StreamView } from '../../shared/api/views.js'
import { monotonicMs, sleep } from '../../shared/clock.js'
import type { Rest } from './rest.js'

const POLL_MS = 250

/** @returns the stream as it was when it settled, or when the time was up. */
export async function settle(rest: Rest, id: string, timeoutMs: number): Promise<StreamView> {
  const deadlineMs = monotonicMs() + timeoutMs
  for (;;) {
    const view = await rest.get<StreamView>(`/streams/${encodeURIComponent(id)}`)
    if (view.state === 'live' || view.state === 'failed' || monotonicMs() >= deadlineMs) return view
    await sleep(POLL_MS)
  }
}
