/** One stream live: its picture with boxes, and what lies behind them. */
import { useEffect, useState } from 'preact/hooks'
import type { StreamView as StreamRecord } from '../../../shared/api/views.js'
import { type DetectionFilter, everything } from '../live/filter.js'
import { LiveSession } from '../live/session.js'
import { Icon } from '../shell/icon.js'
import { navigate } from '../shell/route.js'
import { liveConnection } from '../store/live.js'
import { pageVisible } from '../store/page.js'
import { usePoll } from '../store/poll.js'
import { streams } from '../store/streams.js'
import { StateBadge } from '../streams/state-badge.js'
import { StateSentence } from '../streams/state-sentence.js'
import { StreamActions } from '../streams/stream-actions.js'
import { describeSource } from '../words/source.js'
import { Balance } from './balance.js'
import { DegradationNote } from './degradation-note.js'
import { FilterPanel } from './filter-panel.js'
import { LivePicture } from './live-picture.js'
import { ModelNote } from './model-note.js'
import { SightingsList } from './sightings-list.js'
import { StreamFacts } from './stream-facts.js'
import { StreamHistory } from './stream-history.js'
import { StreamSettings } from './stream-settings.js'
import { Timing } from './timing.js'

export function StreamView({ id }: { id: string }) {
  const { data } = usePoll(streams)
  const session = useSession(id)
  const [filter, setFilter] = useState<DetectionFilter>(everything)
  const stream = data?.find(each => each.id === id) ?? null
  if (data && !stream) return <Unknown id={id} />
  return (
    <>
      <ViewHead id={id} stream={stream} />
      {stream && <DegradationNote stream={stream} />}
      {session && stream && <ModelNote stream={stream} session={session} />}
      {session && (
        <div class="live">
          <div class="live-main">
            <LivePicture session={session} filter={filter} stream={stream} />
            <FilterPanel session={session} filter={filter} onChange={setFilter} />
            <SightingsList session={session} filter={filter} />
          </div>
          <div class="live-side">
            {stream && <StreamFacts stream={stream} />}
            {stream && <StreamSettings stream={stream} />}
            <Timing session={session} />
            {stream && <Balance balance={stream.frames} />}
            {stream && <StreamHistory id={id} />}
          </div>
        </div>
      )}
    </>
  )
}

/** The session lasts as long as the view of that stream. */
function useSession(id: string): LiveSession | null {
  const [session, setSession] = useState<LiveSession | null>(null)
  useEffect(() => {
    const opened = new LiveSession(id, liveConnection, pageVisible)
    setSession(opened)
    return () => opened.close()
  }, [id])
  return session
}

function ViewHead({ id, stream }: { id: string; stream: StreamRecord | null }) {
  return (
    <div class="stream-head">
      <a class="back" href="#/">
        <Icon name="back" /> All streams
      </a>
      <div class="stream-title">
        <h1>{id}</h1>
        {stream && <StateBadge stream={stream} />}
        {stream?.source && <span class="source">{describeSource(stream.source)}</span>}
        {stream && (
          <div class="stream-actions">
            <StreamActions stream={stream} onRemoved={() => navigate({ name: 'streams' })} />
          </div>
        )}
      </div>
      {stream && (stream.state !== 'live' || stream.reason) && <StateSentence stream={stream} />}
    </div>
  )
}

function Unknown({ id }: { id: string }) {
  return (
    <section class="panel empty">
      <h1>No stream is called {id}</h1>
      <p>It may have been removed.</p>
      <p>
        <a class="button" href="#/">
          All streams
        </a>
      </p>
    </section>
  )
}
