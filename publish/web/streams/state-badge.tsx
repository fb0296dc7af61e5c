/** A stream's state: icon, word and colour together. */
import type { StreamView } from '../../../shared/api/views.js'
import { Badge } from '../shell/badge.js'
import { stateWords, toneOf } from '../words/state.js'

export function StateBadge({ stream }: { stream: Pick<StreamView, 'state' | 'reason'> }) {
  return <Badge tone={toneOf(stream)} word={stateWords[stream.state].word} state={stream.state} />
}
