/** Why a stream is in its state, and since when, in plain words. */
import type { StreamView } from '../../../shared/api/views.js'
import { formatDuration } from '../words/format.js'
import { adviceFor, isProblem, stateWords } from '../words/state.js'

type Stated = Pick<StreamView, 'state' | 'reason' | 'since'>

export function StateSentence({ stream }: { stream: Stated }) {
  const advice = stream.reason && isProblem(stream) ? adviceFor(stream.reason.code) : null
  return (
    <p class="state-sentence">
      {stream.reason?.text ?? stateWords[stream.state].meaning}{' '}
      {advice && <span class="advice">{advice} </span>}
      <span class="since">For {formatDuration(Date.now() - stream.since)}.</span>
    </p>
  )
}
