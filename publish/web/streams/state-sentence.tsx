/** Why a stream is in its state, and since when, in plain words. */
import type { StreamView } from '../../../shared/api/views.js'
import { formatRoute } from '../shell/route.js'
import { formatDuration } from '../words/format.js'
import { adviceFor, isModelReason, isProblem, stateWords } from '../words/state.js'

type Stated = Pick<StreamView, 'state' | 'reason' | 'since'>

export function StateSentence({ stream }: { stream: Stated }) {
  const code = stream.reason && isProblem(stream) ? stream.reason.code : null
  const advice = code && adviceFor(code)
  const words = stateWords[stream.state]
  return (
    <p class="state-sentence">
      {stream.reason?.text ?? words.meaning} {advice && <span class="advice">{advice} </span>}
      {code && isModelReason(code) && (
        <>
          <a href={formatRoute({ name: 'models' })}>See the models.</a>{' '}
        </>
      )}
      <span class="since">
        {words.word} for {formatDuration(Date.now() - stream.since)}.
      </span>
    </p>
  )
}
