/** The planner's question: streams, frame rate, resolution, codec, model. */
import { useId } from 'preact/hooks'
import { choicesOf } from '../camera/model-choices.js'
import { Choice } from '../shell/choice.js'
import { devices } from '../store/devices.js'
import { models } from '../store/models.js'
import { usePoll } from '../store/poll.js'
import { formatMs, plural } from '../words/format.js'
import { codecName } from '../words/source.js'
import { codecs, type PlanQuestion, type places, resolutions } from './plan-question.js'

const MOST_STREAMS = 256
const MOST_FPS = 60
const MOST_LATENCY_MS = 500
const placeOptions = [
  { value: 'empty', content: 'Empty device' },
  { value: 'beside', content: 'Beside what runs' },
] as const satisfies { value: (typeof places)[number]; content: string }[]

interface Props {
  question: PlanQuestion
  onChange: (question: PlanQuestion) => void
}

export function PlanSliders({ question, onChange }: Props) {
  const set = (change: Partial<PlanQuestion>): void => onChange({ ...question, ...change })
  const { streams, fps, resolution, latencyTargetMs, place } = question
  return (
    <div class="sliders">
      <Slider
        name="Streams"
        range={[1, MOST_STREAMS]}
        value={streams}
        text={plural(streams, 'stream')}
        onChange={value => set({ streams: value })}
      />
      <Slider
        name="Frame rate"
        range={[1, MOST_FPS]}
        value={fps}
        text={`${fps} fps`}
        onChange={value => set({ fps: value })}
      />
      <Slider
        name="Resolution"
        range={[0, resolutions.length - 1]}
        value={resolution}
        text={resolutions[resolution] ?? ''}
        onChange={value => set({ resolution: value })}
      />
      <Slider
        name="Latency target"
        range={[0, MOST_LATENCY_MS]}
        step={10}
        value={latencyTargetMs}
        text={latencyTargetMs === 0 ? 'as the budget says' : formatMs(latencyTargetMs)}
        onChange={value => set({ latencyTargetMs: value })}
      />
      <Choice
        name="Codec"
        options={codecs.map(codec => ({ value: codec, content: codecName(codec) }))}
        chosen={question.codec}
        onChange={codec => set({ codec })}
      />
      <Choice name="Device" options={placeOptions} chosen={place} onChange={value => set({ place: value })} />
      <ModelChoice model={question.model} onChange={model => set({ model })} />
    </div>
  )
}

interface SliderProps {
  name: string
  range: readonly [number, number]
  step?: number
  value: number
  text: string
  onChange: (value: number) => void
}

function Slider({ name, range: [min, max], step = 1, value, text, onChange }: SliderProps) {
  const id = useId()
  return (
    <div class="slider">
      <div class="slider-head">
        <label for={id}>{name}</label>
        <output for={id}>{text}</output>
      </div>
      <input
        id={id}
        type="range"
        min={min}
        max={max}
        step={step}
        value={value}
        aria-valuetext={text}
        onInput={event => onChange(event.currentTarget.valueAsNumber)}
      />
    </div>
  )
}

function ModelChoice({ model, onChange }: { model: string; onChange: (model: string) => void }) {
  const choices = choicesOf(usePoll(models).data ?? [], model)
  const defaultName = usePoll(devices).data?.[0]?.model ?? null
  return (
    <div class="field">
      <label for="plan-model">Model</label>
      <select id="plan-model" value={model} onChange={event => onChange(event.currentTarget.value)}>
        <option value="">Default{defaultName === null ? '' : ` (${defaultName})`}</option>
        {choices.map(({ title, names }) => (
          <optgroup key={title} label={title}>
            {names.map(({ name, text }) => (
              <option key={name} value={name}>
                {text}
              </option>
            ))}
          </optgroup>
        ))}
      </select>
    </div>
  )
}
