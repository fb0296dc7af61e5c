/** Every stream as REST tells it, refreshed each second and at once when the WebSocket reports an event. */
import type { StreamView } from '../../../shared/api/views.js'
import { ringside } from '../api/ringside.js'
import { History } from './history.js'
import { liveConnection } from './live.js'
import { createPoll } from './poll.js'

const POLL_MS = 1000
const SPARK_SAMPLES = 60
/** Events come in bursts; one question answers a burst. */
const EVENT_DELAY_MS = 150

export const streams = createPoll<StreamView[]>(async () => {
  const list = (await ringside.streams()).streams
  const sorted = [...list].sort((a, b) => a.id.localeCompare(b.id))
  remember(sorted)
  return sorted
}, POLL_MS)

const inferredFps = new Map<string, History>()

export function fpsHistory(stream: string): History | null {
  return inferredFps.get(stream) ?? null
}

function remember(list: readonly StreamView[]): void {
  const now = Date.now()
  for (const stream of list) {
    const history = inferredFps.get(stream.id) ?? new History(SPARK_SAMPLES)
    history.add({ atMs: now, value: stream.inferredFps })
    inferredFps.set(stream.id, history)
  }
  const present = new Set(list.map(stream => stream.id))
  for (const id of inferredFps.keys()) if (!present.has(id)) inferredFps.delete(id)
}

let refreshPending = false
liveConnection.onMessage(message => {
  if (message.type !== 'stream.state' && message.type !== 'drops') return
  if (refreshPending) return
  refreshPending = true
  setTimeout(() => {
    refreshPending = false
    void streams.refresh()
  }, EVENT_DELAY_MS)
})
