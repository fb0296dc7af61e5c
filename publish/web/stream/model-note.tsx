/** What is under way between the model that a stream has and the one it was given: said once, as it changes. */
import type { StreamView } from '../../../shared/api/views.js'
import type { LiveSession } from '../live/session.js'
import { devices } from '../store/devices.js'
import { usePoll } from '../store/poll.js'
import { useValue } from '../store/use-value.js'
import { describeModelChange } from '../words/model-change.js'

export function ModelNote({ stream, session }: { stream: StreamView; session: LiveSession }) {
  const hosts = usePoll(devices).data ?? []
  const served = useValue(session.latest)?.model ?? null
  const text = describeModelChange(stream, served, hosts)
  return (
    <p class={text === null ? 'model-note none' : 'model-note'} role="status" data-model-change={stream.id}>
      {text}
    </p>
  )
}
