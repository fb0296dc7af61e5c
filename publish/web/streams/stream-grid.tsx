/** All streams, by name, with a line that sums them up. */
import { Icon } from '../shell/icon.js'
import { ProblemNote } from '../shell/problem-note.js'
import { usePoll } from '../store/poll.js'
import { streams } from '../store/streams.js'
import { summarise } from '../words/state.js'
import { StreamCard } from './stream-card.js'

export function StreamGrid() {
  const { data, problem } = usePoll(streams)
  if (!data) return problem ? <ProblemNote problem={problem} /> : <p class="loading">Loading streams…</p>
  if (data.length === 0) return <NoStreams />
  return (
    <>
      <div class="view-head">
        <h1>Streams</h1>
        <p class="summary" role="status">
          {summarise(data)}
        </p>
      </div>
      <div class={problem ? 'grid outdated' : 'grid'}>
        {data.map(stream => (
          <StreamCard key={stream.id} stream={stream} />
        ))}
      </div>
    </>
  )
}

function NoStreams() {
  return (
    <section class="panel empty">
      <h1>No cameras yet</h1>
      <p>
        Ringside needs a camera’s RTSP address, such as{' '}
        <code>rtsp://user:password@192.0.2.10:554/stream1</code>. The camera’s manual or its settings page
        names it.
      </p>
      <p>
        <a class="button primary" href="#/add">
          <Icon name="plus" /> Add the first camera
        </a>
      </p>
      <p class="hint">
        No camera at hand? Stop Ringside and run <code>npm run demo</code>: it brings two simulated ones.
      </p>
    </section>
  )
}
