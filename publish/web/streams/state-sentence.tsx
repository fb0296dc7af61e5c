/** Why a stream is in its state, and since when, in plain words. */
import type { StreamView } from '../../../shared/api/views.js'
import { formatDuration } from '../words/format.js'
import { adviceFor, isProblem, stateWords } from '../words/state.js'

type Stated = Pick<StreamView, 'state' | 'reason' | 'since'>

export function StateSentence({ stream }: { stream: Stated }) {
  const advice = stream.reason && isProblem(stream) ? adviceFor(stream.reason.code) : null
  const words = stateWords[stream.state]
  return (
    <p class="state-sentence">
      {stream.reason?.text ?? words.meaning} {advice && <span class="advice">{advice} </span>}
      <span class="since">
        {words.word} for {formatDuration(Date.now() - stream.since)}.
      </span>
    </p>
  )
}
