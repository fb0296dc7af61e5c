/** Whether the WebSocket is connected, in a word; it reconnects by itself. */
import type { ConnectionStatus } from '../live/connection.js'
import { liveConnection } from '../store/live.js'
import { useValue } from '../store/use-value.js'
import type { Tone } from '../words/state.js'

const words: Record<ConnectionStatus['state'], { word: string; tone: Tone }> = {
  closed: { word: 'Not connected', tone: 'idle' },
  connecting: { word: 'Connecting', tone: 'busy' },
  open: { word: 'Connected', tone: 'good' },
  waiting: { word: 'Reconnecting', tone: 'bad' },
}

export function ConnectionLight() {
  const { state } = useValue(liveConnection.status)
  const { word, tone } = words[state]
  return (
    <span class={`light tone-${tone}`} role="status" title="Live connection to the server">
      <span class="light-dot" aria-hidden="true" />
      <span class="light-word">{word}</span>
    </span>
  )
}
