/** A stream that was just added: its state, until it is live or says why it is not. */

import { formatRoute } from '../shell/route.js'
import { usePoll } from '../store/poll.js'
import { streams } from '../store/streams.js'
import { StateBadge } from '../streams/state-badge.js'
import { StateSentence } from '../streams/state-sentence.js'
import { describeSource } from '../words/source.js'

export function FirstSteps({ id }: { id: string }) {
  const stream = usePoll(streams).data?.find(each => each.id === id)
  return (
    <section class="panel first-steps" role="status" aria-live="polite" data-added={id}>
      <div class="card-head">
        <h2>{id} was added</h2>
        {stream && <StateBadge stream={stream} />}
      </div>
      {stream && <StateSentence stream={stream} />}
      {stream?.source && <p class="source">{describeSource(stream.source)}</p>}
      <p class="row">
        <a class="button" href={formatRoute({ name: 'stream', id })}>
          {stream?.state === 'live' ? 'Watch it live' : 'Open its page'}
        </a>
        <a class="button" href="#/">
          All streams
        </a>
      </p>
    </section>
  )
}
