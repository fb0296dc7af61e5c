/** One stream in the grid: how it is, how fast, how late, what it lost. */
import type { StreamView } from '../../../shared/api/views.js'
import { formatRoute } from '../shell/route.js'
import { fpsHistory } from '../store/streams.js'
import { degradedTo } from '../words/budget.js'
import { formatFps, formatMs } from '../words/format.js'
import { describeSource } from '../words/source.js'
import { toneOf } from '../words/state.js'
import { DropList } from './drop-list.js'
import { Figure } from './figure.js'
import { Sparkline } from './sparkline.js'
import { StateBadge } from './state-badge.js'
import { StateSentence } from './state-sentence.js'
import { StreamActions } from './stream-actions.js'

export function StreamCard({ stream }: { stream: StreamView }) {
  const link = formatRoute({ name: 'stream', id: stream.id })
  return (
    <article class={`card edge-${toneOf(stream)}`} data-stream={stream.id} aria-label={`Stream ${stream.id}`}>
      <div class="card-head">
        <h2>
          <a href={link}>{stream.id}</a>
        </h2>
        <StateBadge stream={stream} />
      </div>
      <p class="source">{stream.source ? describeSource(stream.source) : stream.url}</p>
      <StateSentence stream={stream} />
      {stream.degradation && !stream.degradation.paused && (
        <p class="card-degraded tone-bad" title={stream.degradation.reason}>
          Degraded: {degradedTo(stream.degradation, stream)}
        </p>
      )}
      <StreamFigures stream={stream} />
      <FpsLine stream={stream} />
      <DropList balance={stream.frames} />
      <div class="card-actions">
        <a class="button" href={link} aria-label={`Open ${stream.id} live`}>
          Open
        </a>
        <StreamActions stream={stream} />
      </div>
    </article>
  )
}

function StreamFigures({ stream }: { stream: StreamView }) {
  return (
    <dl class="figures">
      <Figure name="Received" unit="fps" title="Frames a second written to the ring">
        {formatFps(stream.receivedFps)}
      </Figure>
      <Figure name="Inferred" unit="fps" title="Frames a second that went through the model">
        {formatFps(stream.inferredFps)}
      </Figure>
      <Figure name="Lag p50" title="Captured to serialised, median of the last seconds">
        {formatMs(stream.lagP50Ms)}
      </Figure>
      <Figure name="Objects" title="Objects in the newest result">
        {stream.detectionsLast}
      </Figure>
    </dl>
  )
}

/** A stream that gave nothing in the last minute has no line to show. */
function FpsLine({ stream }: { stream: StreamView }) {
  const samples = fpsHistory(stream.id)?.samples ?? []
  if (samples.every(sample => sample.value === 0)) return null
  const label = `Inferred frame rate of ${stream.id} over the last minute, now ${formatFps(stream.inferredFps)} fps`
  return (
    <div class="spark-row">
      <Sparkline samples={samples} label={label} />
      <span class="spark-caption" aria-hidden="true">
        inferred fps, last minute
      </span>
    </div>
  )
}
