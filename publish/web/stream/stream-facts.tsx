/** The figures of one stream. */
import type { StreamView } from '../../../shared/api/views.js'
import { Figure } from '../streams/figure.js'
import { formatFps, formatMs } from '../words/format.js'

export function StreamFacts({ stream }: { stream: StreamView }) {
  return (
    <section class="panel" aria-label="Figures of the stream">
      <dl class="figures wide">
        <Figure name="Received" unit="fps">
          {formatFps(stream.receivedFps)}
        </Figure>
        <Figure name="Inferred" unit="fps">
          {formatFps(stream.inferredFps)}
        </Figure>
        <Figure name="Lag p50">{formatMs(stream.lagP50Ms)}</Figure>
        <Figure name="Lag p99">{formatMs(stream.lagP99Ms)}</Figure>
        <Figure name="Objects">{stream.detectionsLast}</Figure>
        <Figure name="Restarts" title="Decoder starts since registration, less the first">
          {stream.restarts}
        </Figure>
      </dl>
    </section>
  )
}
