/** A stream's state: icon, word and colour together. */
import type { StreamView } from '../../../shared/api/views.js'
import { Icon } from '../shell/icon.js'
import { stateWords, toneOf } from '../words/state.js'

export function StateBadge({ stream }: { stream: Pick<StreamView, 'state' | 'reason'> }) {
  const tone = toneOf(stream)
  return (
    <span class={`badge tone-${tone}`} data-state={stream.state}>
      <Icon name={tone} />
      {stateWords[stream.state].word}
    </span>
  )
}
