/** The four fields of a camera. */
import { Field } from './field.js'
import type { CameraDraft } from './hints.js'
import type { Draft } from './use-draft.js'

const fields: { name: keyof CameraDraft; label: string; hint: string; input: Record<string, string> }[] = [
  {
    name: 'id',
    label: 'Name',
    hint: 'Short, and yours to choose: gate, yard-2.',
    input: {
      autocomplete: 'off',
      autocapitalize: 'none',
      spellcheck: 'false',
      maxLength: '64',
      placeholder: 'gate',
    },
  },
  {
    name: 'url',
    label: 'RTSP address',
    hint: 'A user name and password may be part of it. They are stored encrypted and never shown again.',
    input: {
      inputMode: 'url',
      autocomplete: 'off',
      autocapitalize: 'none',
      spellcheck: 'false',
      placeholder: 'rtsp://user:password@192.0.2.10:554/stream1',
    },
  },
  {
    name: 'fps',
    label: 'Frame rate cap',
    hint: 'Frames a second; empty takes every frame.',
    input: { inputMode: 'decimal', autocomplete: 'off', placeholder: 'none' },
  },
  {
    name: 'priority',
    label: 'Priority',
    hint: '1 is degraded first under pressure, 9 last.',
    input: { type: 'number', min: '1', max: '9', step: '1' },
  },
]

export function CameraFields({ draft }: { draft: Draft }) {
  return (
    <div class="fields">
      {fields.map(({ name, ...field }) => (
        <Field
          key={name}
          name={name}
          {...field}
          value={draft.values[name]}
          error={draft.errorOf(name)}
          onChange={value => draft.change(name, value)}
          onLeave={() => draft.leave(name)}
        />
      ))}
    </div>
  )
}
