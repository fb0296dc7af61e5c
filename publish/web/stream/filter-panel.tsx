/** Which classes and scores are drawn: chips and a slider, applied at once. */
import type { Detection } from '../../../shared/detection/message.js'
import { classColour } from '../live/colour.js'
import { countByClass, type DetectionFilter, toggleClass } from '../live/filter.js'
import type { LiveSession } from '../live/session.js'
import { devices } from '../store/devices.js'
import { usePoll } from '../store/poll.js'
import { useValue } from '../store/use-value.js'

interface Props {
  session: LiveSession
  filter: DetectionFilter
  onChange: (filter: DetectionFilter) => void
}

export function FilterPanel({ session, filter, onChange }: Props) {
  const latest = useValue(session.latest)
  const hosted = (usePoll(devices).data ?? []).flatMap(device => device.models)
  const known = hosted.find(model => model.name === latest?.model)
  const classes = classList(known?.classes ?? [], latest?.detections ?? [])
  const counts = new Map(countByClass(latest?.detections ?? []))
  return (
    <section class="filters" aria-label="Filter detections">
      <fieldset class="chips">
        <legend>Classes</legend>
        {classes.length === 0 && <span class="hint">The model’s classes appear once it runs.</span>}
        {classes.map(({ name, id }) => (
          <button
            key={name}
            type="button"
            class="chip"
            aria-pressed={!filter.hiddenClasses.has(name)}
            onClick={() => onChange(toggleClass(filter, name))}
          >
            <span class="swatch" style={{ backgroundColor: classColour(id).line }} aria-hidden="true" />
            {name}
            <span class="chip-count">{counts.get(name) ?? 0}</span>
          </button>
        ))}
      </fieldset>
      <ScoreSlider minScore={filter.minScore} onChange={minScore => onChange({ ...filter, minScore })} />
    </section>
  )
}

function ScoreSlider({ minScore, onChange }: { minScore: number; onChange: (minScore: number) => void }) {
  return (
    <label class="score">
      <span>Minimum score</span>
      <input
        type="range"
        min="0"
        max="100"
        step="5"
        value={Math.round(minScore * 100)}
        aria-valuetext={`${Math.round(minScore * 100)} percent`}
        onInput={event => onChange(event.currentTarget.valueAsNumber / 100)}
      />
      <output>{Math.round(minScore * 100)} %</output>
    </label>
  )
}

/** A model may have eighty classes: then only those in view are worth a chip. */
const MAX_LISTED = 16

export function classList(
  ofModel: readonly string[],
  seen: readonly Pick<Detection, 'class' | 'classId'>[],
): { name: string; id: number }[] {
  const byName = new Map<string, number>()
  if (ofModel.length <= MAX_LISTED) for (const [id, name] of ofModel.entries()) byName.set(name, id)
  for (const { class: name, classId } of seen) byName.set(name, classId)
  return [...byName].map(([name, id]) => ({ name, id })).sort((a, b) => a.id - b.id)
}
