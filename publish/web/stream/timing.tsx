/** Where the newest frame's time went, as one stacked bar with its figures. */
import type { LiveSession } from '../live/session.js'
import { useValue } from '../store/use-value.js'
import { formatMs } from '../words/format.js'
import { timingParts } from '../words/timing.js'

export function Timing({ session }: { session: LiveSession }) {
  const latest = useValue(session.latest)
  if (!latest) return null
  const parts = timingParts(latest.timing)
  return (
    <section class="panel" aria-labelledby="timing-title">
      <div class="panel-head">
        <h2 id="timing-title">Time of the newest frame</h2>
        <span class="panel-value">
          {formatMs(latest.timing.totalMs)} <span class="unit">total</span>
        </span>
      </div>
      <div class="bar" aria-hidden="true">
        {parts.map((part, i) => (
          <span key={part.name} class={`bar-part part-${i}`} style={{ flexGrow: String(part.share) }} />
        ))}
      </div>
      <dl class="bar-legend">
        {parts.map((part, i) => (
          <div key={part.name}>
            <dt>
              <span class={`swatch part-${i}`} aria-hidden="true" />
              {part.name}
            </dt>
            <dd>{formatMs(part.ms)}</dd>
          </div>
        ))}
      </dl>
      <p class="hint">
        Total counts from the moment the decoder gave the last byte; decoding comes before it.
      </p>
    </section>
  )
}
