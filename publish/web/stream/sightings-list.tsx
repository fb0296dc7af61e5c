/** Recent detections, one line a class and second. */
import { classColour } from '../live/colour.js'
import type { DetectionFilter } from '../live/filter.js'
import type { LiveSession } from '../live/session.js'
import { useValue } from '../store/use-value.js'
import { formatClock } from '../words/format.js'

const SHOWN = 14

export function SightingsList({ session, filter }: { session: LiveSession; filter: DetectionFilter }) {
  const log = useValue(session.sightings)
    .filter(each => each.bestScore >= filter.minScore && !filter.hiddenClasses.has(each.class))
    .slice(0, SHOWN)
  return (
    <section class="panel" aria-labelledby="sightings-title">
      <div class="panel-head">
        <h2 id="sightings-title">Recent detections</h2>
      </div>
      {log.length === 0 && <p class="hint">Nothing seen since this view was opened.</p>}
      <ol class="sightings">
        {log.map(each => (
          <li key={`${each.secondMs}-${each.class}`}>
            <time>{formatClock(each.secondMs)}</time>
            <span
              class="swatch"
              style={{ backgroundColor: classColour(each.classId).line }}
              aria-hidden="true"
            />
            <span class="sighting-class">
              {each.count} {each.class}
            </span>
            <span class="sighting-score">best {Math.round(each.bestScore * 100)} %</span>
          </li>
        ))}
      </ol>
    </section>
  )
}
